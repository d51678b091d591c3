"""Steering on the screen: what was asked of a run, and what stands in the queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import cut, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.amounts import times
from ccorch.rules.plain import line
from ccorch.schema.ids import short_id

if TYPE_CHECKING:
    from ccorch.operations.notes import NoteReply
    from ccorch.operations.queue import MoveReply, QueueReply, Waiting
    from ccorch.operations.steering import AnswerReply, PauseReply, ResumeReply, RetryReply, SendReply
    from ccorch.schema.summary import GateSummary

MOST_WAITING = 40
"""Lines about what waits."""


def paused(reply: PauseReply, screen: Screen) -> Iterator[str]:
    """That nothing more is started."""
    said = "starts nothing more; what is at work goes on" if reply.asked else "was paused already"
    yield from screen.told(f"run {reply.run_id} {said}; `ccorch resume {short_id(reply.run_id)}` goes on")


def resumed(reply: ResumeReply, screen: Screen) -> Iterator[str]:
    """That it goes on."""
    said = "goes on" if reply.asked else "is not paused"
    yield from screen.told(f"run {reply.run_id} {said}; `ccorch wait {short_id(reply.run_id)}` waits for its end")
    yield from _drifted(reply.drift, screen)


def _drifted(drift: Sequence[str], screen: Screen) -> Iterator[str]:
    for said in drift:
        yield from wrapped(f"since it was planned: {line(said)}", screen.width, "  ")


def retried(reply: RetryReply, screen: Screen) -> Iterator[str]:
    """What is done again, and what starts it."""
    yield from screen.told(
        f"run {reply.run_id}: set back {', '.join(reply.nodes)}; what they had given counts for nothing"
    )
    if reply.waits:
        yield from screen.told(
            f"the run was over; `ccorch resume {short_id(reply.run_id)}` does exactly that part again"
        )


def answered(reply: AnswerReply, screen: Screen) -> Iterator[str]:
    """What was answered."""
    yield from screen.told(f"run {reply.run_id}: {reply.node} was answered {line(reply.choice)}")


def sent(reply: SendReply, screen: Screen) -> Iterator[str]:
    """That it was said, and how."""
    how = "was told" if reply.how == "live" else "goes on in its session with these words, in a new attempt"
    yield from screen.told(
        f"run {reply.run_id}: {reply.node} {how}; `ccorch wait {short_id(reply.run_id)}` waits for its end"
    )
    yield from _drifted(reply.drift, screen)


def noted(reply: NoteReply, screen: Screen) -> Iterator[str]:
    """That it was written down."""
    yield from screen.told(
        f"run {reply.run_id}: noted; `ccorch show {short_id(reply.run_id)}` and `ccorch usage` tell it"
    )


def queue(reply: QueueReply, screen: Screen) -> Iterator[str]:
    """Runs that are not over, and what waits and why."""
    if not reply.runs:
        yield "nothing is queued and nothing is running"
        return
    yield f"{reply.at_work} of {reply.slots} workers at work"
    heads = ("run", "state", "priority", "running", "waiting", "task")
    rows = [
        (run.run_id, run.status, str(run.priority), ", ".join(run.running) or "-", str(run.waiting), run.task)
        for run in reply.runs
    ]
    lines = cut(heads, rows, screen.room, "task", ("running", "priority", "task"))
    yield screen.styled(lines[0], "dim")
    yield from lines[1:]
    if reply.waiting:
        yield ""
    for one in reply.waiting[:MOST_WAITING]:
        yield from wrapped(_waits(one), screen.width, "  ")
    if len(reply.waiting) > MOST_WAITING:
        yield f"… and {len(reply.waiting) - MOST_WAITING} more (--json lists all)"


def moved(reply: MoveReply, screen: Screen) -> Iterator[str]:
    """Its new place."""
    said = f"was moved to priority {reply.priority}" if reply.moved else f"has priority {reply.priority} already"
    yield from screen.told(f"run {reply.run_id} {said}; `ccorch queue ls` shows the queue")


def gates(found: tuple[GateSummary, ...], run: str, screen: Screen) -> Iterator[str]:
    """The gates of a run, each in a line; those that ask come with the command that answers."""
    for gate in found:
        if gate.status == "running" and gate.question is not None:
            said = f"gate {gate.id} asks {line(gate.question)!r}"
            yield from screen.told(said, "yellow")
            for choice in gate.choices:
                yield f"  `ccorch answer {short_id(run)} {gate.id} {choice}`"
        elif gate.status != "waiting":
            again = f" after it had work done again {times(gate.reopened)}" if gate.reopened else ""
            why = f": {line(gate.reason)}" if gate.reason else ""
            yield from wrapped(f"gate {gate.id} {gate.status}{again}{why}", screen.width, "  ")


def _waits(one: Waiting) -> str:
    words = f"; `{one.command}`" if one.command else ""
    return f"{short_id(one.run_id)} {one.node} waits: {line(one.reason)}{words}"
