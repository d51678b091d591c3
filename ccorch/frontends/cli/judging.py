"""Verdicts and decisions on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import clip, wrapped
from ccorch.frontends.cli.screen import Screen, Style
from ccorch.rules.amounts import number
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.advising import ReviewReply
    from ccorch.operations.decisions import DecisionReply
    from ccorch.operations.verdicts import VerdictsReply
    from ccorch.operations.verifying import VerifyReply
    from ccorch.schema.verdict import Check

COLOURS: dict[str, Style] = {"pass": "green", "fail": "red", "blocked": "yellow", "unknown": "yellow"}
ADVICE: dict[str, Style] = {"approve": "green", "revise": "yellow", "block": "red"}


def verified(reply: VerifyReply, screen: Screen) -> Iterator[str]:
    """Each check with its reason, then the verdict and what to do next."""
    yield from _checks(reply.checks, screen)
    yield ""
    if (made := reply.subject) is not None:
        size = f"{number(made.files, 'file')}, +{made.added} -{made.deleted} lines"
        said = ("needs tests" if made.needs_tests else "", f"risks: {', '.join(made.risks)}" if made.risks else "")
        told = " · ".join(filter(None, (f"{size} in {made.result[:12]} from {made.base[:12]}", *said)))
        yield from screen.told(told)
    yield screen.styled(f"run {reply.run_id}: {reply.judgement}", COLOURS[reply.judgement])
    yield f"report: {line(reply.report)}"
    yield f"next: `{reply.next}`"


def advised(reply: ReviewReply, screen: Screen) -> Iterator[str]:
    """What rules say of an action, and by which facts."""
    yield f"{screen.styled(reply.advice, ADVICE[reply.advice])}: {clip(line(reply.action), screen.room)}"
    for name in ("objections", "missing_evidence", "required_changes", "evidence"):
        for said in getattr(reply, name):
            yield from wrapped(f"{name.replace('_', ' ')}: {line(said)}", screen.width, "  ")
    if reply.supervisor is not None:
        yield from wrapped(f"supervisor: {line(reply.supervisor)}", screen.width, "  ")


def verdicts(reply: VerdictsReply, screen: Screen) -> Iterator[str]:
    """The verdict of each gate, then the run's own, each check with its evidence."""
    for told in reply.gates:
        yield screen.styled(f"gate {told.gate}, attempt {told.attempt}", "bold")
        yield from _checks(told.verdict.checks, screen) if told.verdict else ("it has left no verdict",)
        yield ""
    for one in reply.forged or ():
        yield screen.styled(f"not as ccorch wrote it: {line(one)}", "red")
    if reply.verdict is not None:
        yield from _checks(reply.verdict.checks, screen)
        how = "" if reply.verdict.at is not None else ", and nothing was tried yet"
        judgement = reply.verdict.judgement
        yield from screen.told(f"run {reply.run_id}: {judgement}{how}", COLOURS[judgement])
    if reply.report is not None:
        yield f"report: {line(reply.report)}"
    yield f"next: `{reply.next}`"


def _checks(checks: Sequence[Check], screen: Screen) -> Iterator[str]:
    width = max((len(check.judgement) for check in checks), default=0)
    for check in checks:
        yield f"{screen.styled(check.judgement.ljust(width), COLOURS[check.judgement])}  {line(check.name)}"
        yield from wrapped(line(check.reason), screen.width, " " * (width + 4))
        if check.evidence:
            yield from wrapped(line(", ".join(check.evidence)), screen.width, " " * (width + 4))


def decided(reply: DecisionReply, screen: Screen) -> Iterator[str]:
    """What was decided, and where it went."""
    assert reply.decision is not None, "what is only told is an error with its own words"
    match reply.decision.decision:
        case "accepted" if reply.into is None:
            said = "is accepted; it changed nothing, so no branch was moved"
        case "accepted":
            changed = number(len(reply.files), "file")
            said = f"is accepted into {line(reply.into or '')} by {reply.how}: {changed} changed"
        case "exported":
            said = f"is written to {line(reply.into or '')}"
        case "rejected":
            said = f"is rejected: {line(reply.decision.reason)}"
        case "rolled_back":
            said = f"is taken back from {line(reply.into or '')}: {number(len(reply.files), 'file')} changed"
    yield from screen.told(f"run {reply.run_id} {said}", "bold")
    if reply.decision.aside:
        yield f"earlier decisions were not as ccorch wrote them; they lie in {line(reply.decision.aside)}"
    if reply.commit:
        yield f"{line(reply.into or '')} is at {reply.commit[:12]}"
    yield f"next: `{line(reply.next)}`"
