"""The list of watched runs as lines that fit a screen, and the same in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import clip, cut
from ccorch.frontends.cli.screen import Screen, Style
from ccorch.rules.amounts import money, paid, span, tokens
from ccorch.rules.plain import line
from ccorch.schema.ids import short_id

if TYPE_CHECKING:
    from ccorch.operations.watching import TopReply
    from ccorch.schema.run_row import WatchedRow

HEADS = ("run", "state", "nodes", "time", "tokens", "money", "project", "doing")
DROPS = ("project", "tokens", "time", "nodes", "money")
"""Columns for which there is no room, the first to go first."""

COLOURS: dict[str, Style] = {
    "done": "green",
    "failed": "red",
    "timed_out": "red",
    "cancelled": "yellow",
    "recovering": "yellow",
    "parked": "yellow",
    "needs_rerun": "yellow",
    "running": "cyan",
}

ROOMY = 90
"""Cells from which on tokens have a column: below, what a run does says more."""

NOTHING = "no run is live, and none was over within the last hour; --all shows all"


@dataclass(frozen=True)
class Line:
    """A line of a frame."""

    text: str
    styles: tuple[Style, ...] = ()
    chosen: bool = False
    """Whether the cursor stands on it."""


def once(reply: TopReply, screen: Screen, match: str) -> Iterator[str]:
    """One look, as lines that nothing is drawn over."""
    yield summary(reply)
    if not reply.runs:
        nothing = f"no run fits {match!r}" if match else NOTHING
        yield nothing if not reply.others else f"{nothing} ({reply.others} more)"
        return
    for shown in rows(reply.runs, screen.room, reply.at):
        yield screen.styled(shown.text, *shown.styles)
    for row in reply.runs:
        for question in row.questions:
            yield screen.styled(f"{short_id(row.run_id)} {question.gate} asks {line(question.asks)!r}", "yellow")
            for choice in question.choices:
                yield f"  `ccorch answer {short_id(row.run_id)} {question.gate} {choice}`"


def summary(reply: TopReply) -> str:
    """All of it in a line."""
    asking = sum(bool(row.needs) for row in reply.runs)
    spent = [row.usd for row in reply.runs if row.plan != "all" and not row.simulated]
    known = f"{money(sum(usd for usd in spent if usd is not None))}" if spent else ""
    least = "at least " if None in spent else ""
    parts = (f"{reply.live} live", f"{asking} need{'s' * (asking == 1)} you" if asking else "", least + known)
    return "ccorch top · " + " · ".join(part for part in parts if part.strip())


def rows(found: Sequence[WatchedRow], width: int, now: float) -> list[Line]:
    """The heads, and each run in a line of its own, as of that time."""
    several = len({row.project for row in found}) > 1
    drops = DROPS if several else DROPS[1:]
    left_out = (*(() if several else ("project",)), *(() if width >= ROOMY else ("tokens",)))
    kept = [place for place, head in enumerate(HEADS) if head not in left_out]
    table = [[_cells(row, now)[place] for place in kept] for row in found]
    head, *lines = cut([HEADS[place] for place in kept], table, width, "doing", drops)
    return [Line(head, ("dim",)), *(Line(text, _styles(row)) for text, row in zip(lines, found, strict=True))]


def _cells(row: WatchedRow, now: float) -> tuple[str, ...]:
    spent = "simulated" if row.simulated else paid(row.usd, row.plan)
    limit = "" if row.limit_usd is None or row.simulated else f"/{money(row.limit_usd)}"
    needs = f"! {row.needs}" if row.needs else ""
    where = f"{row.at_work[0]}: " if row.at_work and row.nodes > 1 else ""
    return (
        short_id(row.run_id),
        row.status,
        f"{row.passed}/{row.nodes}",
        span(max((row.ended_at or now) - row.submitted_at, 0.0)),
        "-" if row.tokens is None else tokens(row.tokens),
        spent + limit,
        PurePath(row.project).name,
        needs or where + (row.doing or row.task),
    )


def _styles(row: WatchedRow) -> tuple[Style, ...]:
    if row.questions:
        return ("bold", "yellow")
    return (COLOURS[row.status],) if row.status in COLOURS else ()


def fitted(lines: Sequence[Line], width: int) -> list[Line]:
    """No line wider than the screen, and none that could move its cursor."""
    return [Line(clip(_still(shown.text), width), shown.styles, shown.chosen) for shown in lines]


def _still(text: str) -> str:
    """The text with its spaces as they are, and nothing that a terminal would obey."""
    if text.isascii() and text.isprintable():
        return text
    from ccorch.rules.plain import plain

    return plain(text).replace("\t", "    ").replace("\n", " ")
