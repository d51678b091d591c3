"""Waiting for news of runs: what is new is told in a few hundred bytes, and no log is read again for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from ccorch.operations import which
from ccorch.operations.closing import settle
from ccorch.operations.current import current
from ccorch.operations.listing import ATTEND_SECONDS, attend, status_of
from ccorch.operations.standing import changed_files, standing
from ccorch.rules.next_step import blocking, next_step
from ccorch.schema.cursor import Mark, known_of, marks_of, spelled
from ccorch.schema.digest import Digest, News
from ccorch.schema.status import OVER

if TYPE_CHECKING:
    from ccorch.operations.house import House
    from ccorch.ports.watching import Snapshot
    from ccorch.schema.event import Event
    from ccorch.schema.following import Until, WaitRequest
    from ccorch.schema.status import RunStatus
    from ccorch.schema.summary import GateSummary, RunSummary

POLL_SECONDS = 0.05
LAG_SECONDS = 1.0
"""How long what the daemon writes down may be behind the log before the log itself is read."""

FAR = 4 << 20
"""Bytes of a log behind which a cursor is far: then all that stands is told, which takes no longer for more."""


@dataclass(frozen=True)
class Look:
    """A run at one moment, beside what its watcher knows."""

    run: str
    seen: Snapshot
    status: RunStatus
    known: Mark | None
    events: tuple[Event, ...] | None
    """What was told since; null tells everything that stands."""

    @property
    def is_new(self) -> bool:
        """Whether there is anything that its watcher does not know."""
        return self.known is None or self.seen.mark > self.known

    @property
    def mark(self) -> Mark:
        """What its watcher knows from now on."""
        return max(self.seen.mark, self.known or Mark())


class _Patience:
    """How long somebody waits: by the clock, and by the rests taken, should the clock be set back meanwhile."""

    def __init__(self, house: House, seconds: float) -> None:
        self._house = house
        self._deadline = house.clock.now() + seconds
        self._most = ceil(seconds / POLL_SECONDS)
        self.rests = 0

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self.rests >= self._most or self._house.clock.now() >= self._deadline

    def rest(self) -> None:
        """Rest for a moment."""
        self._house.pause(POLL_SECONDS)
        self.rests += 1


def digest(house: House, request: WaitRequest) -> Digest:
    """Block until what is waited for came in one of the runs, or the time is over."""
    runs, note = _meant(house, request)
    known = known_of(marks_of(str(request.cursor)), runs)
    looks = {run: _first_look(house, run, known[run]) for run in runs}
    attend(house, looks)
    patience = _Patience(house, request.timeout)
    while not _has_come(request.until, looks.values()):
        if patience.is_over:
            return _digest(house, looks, True, note)
        looks.update(_next_looks(house, looks, patience))
    settle(house, (look.run for look in looks.values() if look.status in OVER), request.timeout)
    return _digest(house, looks, False, note)


def _meant(house: House, request: WaitRequest) -> tuple[tuple[str, ...], str | None]:
    first, note = which.to_read(house, request.run)
    return tuple(dict.fromkeys((first, *(which.to_read(house, run)[0] for run in request.runs)))), note


def _first_look(house: House, run: str, known: Mark | None) -> Look:
    alive = house.engine.is_alive()
    seen = current(house, run, alive)
    is_far = known is None or seen.mark.offset - known.offset > FAR
    begins = known or Mark()
    events = tuple(house.library.told(run, begins, begins if is_far else seen.mark))
    return Look(run, seen, status_of(seen.row, alive), known, None if is_far else events)


def _looked_again(house: House, look: Look, exact: bool) -> Look:
    """The same run now; what was told since is read from where the last look ended."""
    alive = house.engine.is_alive()
    seen = house.library.snapshot(look.run, exact or not alive)
    events = look.events
    if events is not None and seen.mark > look.mark:
        events = (*events, *house.library.told(look.run, look.mark, seen.mark))
    return Look(look.run, seen, status_of(seen.row, alive), look.known, events)


def _next_looks(house: House, looks: Mapping[str, Look], patience: _Patience) -> dict[str, Look]:
    """New looks at the runs whose logs have grown, once there are any."""
    began = patience.rests
    while not patience.is_over:
        patience.rest()
        if (patience.rests - began) % ceil(ATTEND_SECONDS / POLL_SECONDS) == 0:
            attend(house, looks)
        grown = [look for look in looks.values() if house.library.size(look.run) != look.seen.mark.offset]
        is_late = (patience.rests - began) * POLL_SECONDS > LAG_SECONDS
        fresh = {look.run: _looked_again(house, look, is_late) for look in grown}
        if any(look.mark > looks[run].mark for run, look in fresh.items()):
            return fresh
    return {}


def _has_come(until: Until, looks: Iterable[Look]) -> bool:
    found = tuple(looks)
    if all(look.status in OVER for look in found):
        return True
    match until:
        case "change":
            return any(look.is_new for look in found)
        case "node":
            return any(_has_ended(look) or _is_asked(look) for look in found)
        case "decision":
            return any(_is_its_turn(look) for look in found)
    return any(_is_asked(look) for look in found)


def _has_ended(look: Look) -> bool:
    """Whether a node came to an end that nobody knows of."""
    if look.events is None:
        return any(node.status in ("passed", "failed", "skipped", "omitted") for node in look.seen.summary.nodes)
    return any(event.type in ("ended", "skipped", "omitted") for event in look.events)


def _is_asked(look: Look) -> bool:
    """Whether it was not told before that this one comes to no end without somebody."""
    if look.events is None:
        return needs_somebody(look.seen.summary, look.status)
    asking = {gate.id for gate in look.seen.summary.gates if gate.question is not None}
    came = any(_asks(event, asking) and event.type not in ("found", "finished") for event in look.events)
    return came and needs_somebody(look.seen.summary, look.status)


def _is_its_turn(look: Look) -> bool:
    """Whether something has to be decided that was not told before: a question of a gate, a finding, an end."""
    if look.events is None:
        return _cannot_wait(look)
    asking = {gate.id for gate in look.seen.summary.gates if gate.asked_at is not None}
    return any(_asks(event, asking) for event in look.events) and _cannot_wait(look)


def _cannot_wait(look: Look) -> bool:
    return cannot_wait(look.seen.summary, look.status)


def needs_somebody(found: RunSummary, status: RunStatus) -> bool:
    """Whether it comes to no end by itself: a gate without deadline asks, it is paused, or work was set back.

    What is being stopped ends, whatever it had asked.
    """
    asks = any(gate.deadline is None for gate in _asking(found))
    return status not in OVER and not found.stopping and (asks or found.paused or status == "needs_rerun")


def cannot_wait(found: RunSummary, status: RunStatus) -> bool:
    """Whether it is the controller's turn, as the run stands now."""
    return bool(_asking(found)) or bool(blocking(found)) or found.paused or status in (*OVER, "needs_rerun")


def _asking(found: RunSummary) -> list[GateSummary]:
    """The gates that wait for an answer."""
    return [gate for gate in found.gates if gate.asked_at is not None and gate.status == "running"]


def _asks(event: Event, asking: set[str]) -> bool:
    match event.type:
        case "started":
            return event.node in asking
        case "found":
            return event.finding.blocking
    return event.type in ("finished", "pause_asked", "reopened")


def _digest(house: House, looks: Mapping[str, Look], timed_out: bool, note: str | None) -> Digest:
    fresh = [look for look in looks.values() if look.is_new]
    told = bool(fresh) or len(looks) == 1
    return Digest(
        runs=tuple(_news(house, look) for look in fresh),
        quiet=len(looks) - len(fresh),
        timed_out=timed_out,
        cursor=spelled({run: look.mark for run, look in looks.items()}) if told else "",
        ends={run: look.seen.offset for run, look in looks.items()},
        over=tuple(look.status for look in looks.values() if look.status in OVER),
        note=note if fresh else None,
    )


def _news(house: House, look: Look) -> News:
    from ccorch.views.digest import news  # where nothing is new, nothing has to be folded

    found = look.seen.summary
    if look.events is None:
        attempts = [(node.id, node.attempt) for node in found.nodes if node.status in ("passed", "failed")]
    else:
        attempts = [(event.node, event.attempt) for event in look.events if event.type == "ended"]
    files = changed_files(house, look.run, attempts)
    step = next_step(standing(house, look.run, look.status, found))
    return news(look.run, look.status, found, look.events, files, step)
