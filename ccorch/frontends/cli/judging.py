"""Verdicts and decisions on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import wrapped
from ccorch.frontends.cli.screen import Screen, Style
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.decisions import DecisionReply
    from ccorch.operations.verifying import VerifyReply

COLOURS: dict[str, Style] = {"pass": "green", "fail": "red", "blocked": "yellow", "unknown": "yellow"}


def verified(reply: VerifyReply, screen: Screen) -> Iterator[str]:
    """Each check with its reason, then the verdict and what to do next."""
    width = max(len(check.judgement) for check in reply.checks)
    for check in reply.checks:
        yield f"{screen.styled(check.judgement.ljust(width), COLOURS[check.judgement])}  {line(check.name)}"
        yield from wrapped(line(check.reason), screen.width, " " * (width + 4))
    yield ""
    if (made := reply.subject) is not None:
        yield f"{made.files} files, +{made.added} -{made.deleted} lines in {made.result[:12]} from {made.base[:12]}"
    yield screen.styled(f"run {reply.run_id}: {reply.judgement}", COLOURS[reply.judgement])
    yield f"report: {line(reply.report)}"
    yield f"next: `{reply.next}`"


def decided(reply: DecisionReply, screen: Screen) -> Iterator[str]:
    """What was decided, and where it went."""
    assert reply.decision is not None, "what is only told is an error with its own words"
    match reply.decision.decision:
        case "accepted":
            said = f"is accepted into {line(reply.into or '')} by {reply.how}: {len(reply.files)} files changed"
        case "exported":
            said = f"is written to {line(reply.into or '')}"
        case "rejected":
            said = f"is rejected: {line(reply.decision.reason)}"
        case "rolled_back":
            said = f"is taken back from {line(reply.into or '')}: {len(reply.files)} files changed"
    yield screen.styled(f"run {reply.run_id} {said}", "bold")
    if reply.commit:
        yield f"{line(reply.into or '')} is at {reply.commit[:12]}"
    yield f"next: `{line(reply.next)}`"
