"""What several workers say of the same, on the screen: each line with who says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import wrapped
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.schema.team import Saying, Tally, TeamView

MOST = 20
"""Entries of one kind that are told one by one."""


def lines(team: TeamView, width: int) -> Iterator[str]:
    """Agreements, conflicts, open questions and votes; kinds of which there are none are left out."""
    for tally in team.tallies:
        yield from _tally(tally, width)
    if team.agreements:
        yield "found by several"
        for agreement in team.agreements[:MOST]:
            yield from _entry(agreement.about, agreement.sayings, width)
        yield from _more(len(team.agreements))
    if team.conflicts:
        yield "told differently"
        for conflict in team.conflicts[:MOST]:
            yield from _entry(f"{conflict.about}: {conflict.kind}", conflict.sayings, width)
        yield from _more(len(team.conflicts))
    if team.questions:
        yield "open"
        yield from _sayings(team.questions[:MOST], width, "  - ")
        yield from _more(len(team.questions))
    if team.tallies or team.agreements or team.conflicts or team.questions:
        yield ""


def _tally(tally: Tally, width: int) -> Iterator[str]:
    counts = ", ".join(f"{count} {word}" for word, count in tally.counts.items()) or "none yet"
    verdict = "passes" if tally.passes else "tie, does not pass" if tally.is_tie else "does not pass"
    taken = f"; {tally.taken} is taken" if tally.taken else ""
    missing = f"; no vote from {', '.join(tally.missing)}" if tally.missing else ""
    yield from wrapped(f"votes of {tally.gate} ({tally.rule}): {counts} — {verdict}{taken}{missing}", width)
    yield from _sayings(tally.ballots, width, "  - ")


def _entry(about: str, sayings: Sequence[Saying], width: int) -> Iterator[str]:
    yield from _hung(line(about), width, "  - ")
    yield from _sayings(sayings, width, "      ")


def _sayings(sayings: Sequence[Saying], width: int, lead: str) -> Iterator[str]:
    for one in sayings:
        place = f" ({line(one.place)})" if one.place else ""
        yield from _hung(f"{one.node}: {line(one.says)}{place}", width, lead)


def _hung(text: str, width: int, lead: str) -> Iterator[str]:
    first, *rest = wrapped(text, width - len(lead))
    yield lead + first
    yield from (" " * len(lead) + more for more in rest)


def _more(count: int) -> Iterator[str]:
    if count > MOST:
        yield f"  … and {count - MOST} more (--json lists all)"
