"""The verbs that wait for a run's news and that end it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from ccorch.errors import ArgumentInvalid, CursorUnknown
from ccorch.operations import which
from ccorch.operations.closing import settle
from ccorch.operations.house import House
from ccorch.operations.listing import ATTEND_SECONDS, attend, status
from ccorch.schema.base import Many, Value
from ccorch.schema.following import WaitRequest
from ccorch.schema.status import OVER, RunStatus

if TYPE_CHECKING:
    from ccorch.schema.digest import Digest
    from ccorch.schema.steering import StopRequest

POLL_SECONDS = 0.05
MOST_EVENTS = 200
"""Most events of one answer; the next wait goes on behind them."""

LONGEST_NUMBER = 18
"""Digits of an event's number; more are none."""

MOST_TROUBLE = 20
"""Most nodes whose trouble is told."""


class WaitReply(Value):
    """What is new about a run."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state."""
    timed_out: bool
    """Whether the time was over before what was waited for came; nothing is wrong then."""
    events: Many[dict[str, Any]]
    """Events after the caller's cursor, at most 200."""
    cursor: int
    """Cursor for the next wait."""
    trouble: Many[str] = ()
    """The nodes that did not pass, with the reason; told when the run is over."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""

    @property
    def is_over(self) -> bool:
        """Whether the run is over."""
        return self.status in OVER


class StopReply(Value):
    """A run that was asked to stop."""

    run_id: str
    """Id of the run."""
    asked: bool
    """False when it was being stopped already."""


def wait(house: House, request: WaitRequest) -> WaitReply | Digest:
    """Block until what is waited for came, or the time is over; events themselves are told after a number alone."""
    cursor = str(request.cursor)
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= LONGEST_NUMBER):
        from ccorch.operations.news import digest

        return digest(house, request)
    if request.runs:
        raise ArgumentInvalid("events are told of one run at a time", hint="leave --cursor out, or name one run")
    run, note = which.to_read(house, request.run)
    reply = _waited(house, run, request, int(cursor))
    settle(house, (run,) if reply.is_over else (), request.timeout)
    return reply.model_copy(update={"note": note})


def until_over(house: House, run: str, seconds: float) -> RunStatus:
    """Block until the run is over, whatever it asks meanwhile, or the time is over; how it stands then."""
    request = WaitRequest(run=run, timeout=seconds)
    reply = _waited(house, run, request, house.library.last_seq(run), heeds=False)
    settle(house, (run,) if reply.is_over else (), seconds)
    return reply.status


def stop(house: House, request: StopRequest) -> StopReply:
    """Ask a run to stop; its workers end and its evidence stays."""
    run = which.to_change(house, request.run)
    return StopReply(run_id=run, asked=house.engine.stop(run, house.asker, request.reason))


def beyond(run: str, cursor: int, last: int) -> CursorUnknown:
    """The error for a number that no event of the run has yet: another run's, or a mistake."""
    return CursorUnknown(f"cursor {str(cursor)[:80]} is no event of run {run}, whose last one is {last}", run=run)


def events_of(house: House, run: str, after: int, most: int | None = None) -> list[dict[str, Any]]:
    """A run's events with a higher number, as data; at most so many."""
    return [event.model_dump(mode="json") for event in islice(house.library.events(run, after), most)]


def _waited(house: House, run: str, request: WaitRequest, cursor: int, heeds: bool = True) -> WaitReply:
    """Where events are told; with `heeds` also back where somebody is needed, as the run stands."""
    deadline = house.clock.now() + request.timeout
    known = cursor
    events: list[dict[str, Any]] = []
    attend(house, (run,))
    while True:
        last, is_late = house.library.last_seq(run), house.clock.now() >= deadline
        if cursor > last and (is_late or status(house, run) in OVER):
            last = house.library.last_seq(run)  # it may have come, and the end with it, since it was counted
            if cursor > last:
                raise beyond(run, cursor, last)
        if last > known or request.until != "change":
            events += events_of(house, run, events[-1]["seq"] if events else cursor)
            is_due = heeds and request.until != "change" and _is_somebodys_turn(house, run, request.until)
            if is_due or _has_come(request.until, events) or _is_over(events, house, run):
                return _news(house, run, events, timed_out=False, cursor=cursor)
            known = last
        if is_late:
            return _news(house, run, events, timed_out=True, cursor=cursor)
        _until_changed(house, run, last, deadline)


def _until_changed(house: House, run: str, known: int, deadline: float) -> None:
    attended = house.clock.now()
    while house.library.last_seq(run) <= known and (now := house.clock.now()) < deadline:
        if now - attended >= ATTEND_SECONDS:
            attend(house, (run,))
            attended = now
        house.pause(POLL_SECONDS)


def _is_somebodys_turn(house: House, run: str, until: str) -> bool:
    """Whether something has to be decided; where events are told, as the run stands, whatever is known of it."""
    from ccorch.operations.news import cannot_wait, needs_somebody

    rule = cannot_wait if until == "decision" else needs_somebody
    return rule(house.library.summary(run), status(house, run))


def _has_come(until: str, events: list[dict[str, Any]]) -> bool:
    match until:
        case "change":
            return bool(events)
        case "node":
            return any(event["type"] in ("ended", "skipped") for event in events)
    return _ends(events)


def _is_over(events: list[dict[str, Any]], house: House, run: str) -> bool:
    return _ends(events) or status(house, run) in OVER


def _ends(events: list[dict[str, Any]]) -> bool:
    """Whether the run was over at the last of these events: what was set back since then goes on."""
    return next((e["type"] == "finished" for e in reversed(events) if e["type"] in ("finished", "reopened")), False)


def _news(house: House, run: str, events: list[dict[str, Any]], timed_out: bool, cursor: int) -> WaitReply:
    shown = events[:MOST_EVENTS]
    now = status(house, run)
    return WaitReply(
        run_id=run,
        status=now,
        timed_out=timed_out,
        events=tuple(shown),
        cursor=shown[-1]["seq"] if shown else cursor,
        trouble=tuple(_trouble(house, run))[:MOST_TROUBLE] if now in OVER else (),
    )


def _trouble(house: House, run: str) -> Iterator[str]:
    for node in house.library.summary(run).nodes:
        if node.status != "passed":
            yield ": ".join(part for part in (f"{node.id} {node.status}", node.outcome, node.reason) if part)
