"""The verb that watches every run of the machine: what is at work, what it costs, and what needs a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccorch.errors import CcorchError
from ccorch.operations import which
from ccorch.operations.house import House
from ccorch.schema.base import Many, Value
from ccorch.schema.following import TopRequest
from ccorch.schema.status import OVER, Covered, RunStatus
from ccorch.views.live import Live

if TYPE_CHECKING:
    from ccorch.ports.listing import RunRow
    from ccorch.ports.watching import Seen

RECENT = 3600.0
"""Seconds for which a run that is over still stands in the list."""

FEW = 100
"""Runs that are over and still summed up whole; of more of them only the line is shown."""

SURVEY = 2.0
"""Seconds between two looks at which runs there are."""


class Question(Value):
    """A gate that waits for somebody."""

    gate: str
    """The gate."""
    asks: str
    """What it asks."""
    choices: Many[str]
    """What may be answered."""


class TopRow(Value):
    """A run as somebody sees it who watches."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state; recovering when it is unfinished and nothing drives it."""
    project: str
    """Project it works on."""
    task: str
    """Beginning of the task."""
    label: str | None
    """Its label."""
    nodes: int
    """How many nodes and gates it has."""
    passed: int
    """How many of them passed."""
    at_work: Many[str]
    """Nodes that run now."""
    tool: str
    """Tool that was called last by one of them; empty while none was."""
    doing: str
    """The same with its target, or the latest words."""
    tokens: int | None
    """Tokens so far; null when part of them is unknown or nobody has asked."""
    usd: float | None
    """Money so far; null is unknown, or none because a subscription pays for all."""
    plan: Covered | None
    """How much of it a subscription pays for; null is nothing."""
    limit_usd: float | None
    """Its money limit; null for none, or for a run that is over."""
    simulated: bool
    """Whether no worker ran."""
    seconds: float
    """How long it has run, or ran."""
    needs: str
    """What a person has to see to, in words; empty for nothing."""
    questions: Many[Question]
    """Gates that wait for an answer."""
    cursor: int
    """Number of the last event seen."""


class TopReply(Value):
    """Runs, those first that need somebody."""

    runs: Many[TopRow]
    """The runs."""
    live: int
    """How many of them are not over."""
    others: int
    """Runs that there are besides."""
    note: str | None = None
    """What to know about them."""


def top(house: House, request: TopRequest) -> TopReply:
    """One look at all runs."""
    return Watch(house, request).look()


@dataclass
class _Followed:
    row: RunRow
    live: Live
    offset: int
    is_closed: bool = False
    """Whether it is over and nothing was written since."""


class Watch:
    """Looks at all runs again and again; each look costs what is new in their logs."""

    def __init__(self, house: House, request: TopRequest) -> None:
        self._house = house
        self.request = request
        self._followed: dict[str, _Followed] = {}
        self._seen: dict[str, Seen] = {}
        self._surveyed: float | None = None
        self._unreadable: dict[str, str] = {}
        self._here = str(which.checked_project(house.project))

    def look(self) -> TopReply:
        """How all runs stand now."""
        now = self._house.clock.now()
        if self._surveyed is None or not 0 <= now - self._surveyed < SURVEY:
            self._survey(now)
            self._surveyed = now
        for run in [run for run, one in self._followed.items() if not one.is_closed]:
            self._read_on(run)
        alive = self._house.engine.is_alive()
        rows = sorted(self._rows(now, alive), key=lambda row: (not row.needs, row.status in OVER))
        wanted = [row for row in rows if self._is_wanted(row, now)]
        note = "; ".join(f"run {run} cannot be read: {why}" for run, why in self._unreadable.items())
        return TopReply(
            runs=tuple(wanted[: self.request.limit]),
            live=sum(row.status not in OVER for row in rows),
            others=len(rows) - len(wanted),
            note=note or None,
        )

    def _survey(self, now: float) -> None:
        """Which runs there are, and which of them have to be followed."""
        self._seen = dict(self._house.library.seen())
        self._unreadable = {}
        for run in [run for run in self._followed if run not in self._seen]:
            del self._followed[run]
        for run, seen in self._seen.items():
            is_closed = not seen.is_behind and seen.row is not None and seen.row.status in OVER
            is_shown = self._is_recent(run, now) and len(self._followed) < FEW
            if run not in self._followed and (not is_closed or is_shown):
                self._begin(run)
            if run in self._followed and seen.row is not None:
                one = self._followed[run]
                # what was written between the last look at its log and this survey is still to be read
                one.is_closed = is_closed and one.live.seq >= seen.row.seq

    def _begin(self, run: str) -> None:
        try:
            found = self._house.library.snapshot(run)
        except CcorchError as problem:
            self._unreadable[run] = problem.message
            return
        live = Live.of(found.summary, found.row.status, found.row.seq)
        self._followed[run] = _Followed(found.row, live, found.offset)

    def _read_on(self, run: str) -> None:
        one = self._followed[run]
        while True:
            try:
                found = self._house.library.tail(run, one.offset)
            except CcorchError:
                found = None
            if found is None:  # it is gone, or written anew: the next survey knows
                del self._followed[run]
                self._seen.pop(run, None)
                self._surveyed = None
                return
            one.live.take(found.lines)
            one.offset = found.offset
            if found.is_all:
                return

    def _rows(self, now: float, alive: bool) -> Iterator[TopRow]:
        shown = {run: seen.row for run, seen in self._seen.items() if seen.row and run not in self._unreadable}
        shown |= {run: one.row for run, one in self._followed.items()}
        for row in sorted(shown.values(), key=lambda row: (-row.submitted_at, row.run)):
            one = self._followed.get(row.run)
            yield _still(row, now) if one is None else _followed(one, now, alive)

    def _is_wanted(self, row: TopRow, now: float) -> bool:
        asked = self.request
        if asked.here and row.project != self._here:
            return False
        if not asked.all and row.status in OVER and not self._is_recent(row.run_id, now):
            return False
        words = " ".join((row.run_id, row.status, row.project, row.task, row.label or "", row.needs)).casefold()
        return asked.match.casefold() in words

    def _is_recent(self, run: str, now: float) -> bool:
        one, seen = self._followed.get(run), self._seen.get(run)
        ended = one.live.ended_at if one else seen.row.ended_at if seen and seen.row else None
        return ended is None or now - ended < RECENT


def _followed(one: _Followed, now: float, alive: bool) -> TopRow:
    live, row = one.live, one.row
    status: RunStatus = live.status
    if not alive and status not in (*OVER, "needs_rerun"):
        status = "recovering"
    at_work = sorted(live.at_work(), key=lambda node: node.started_at or 0.0, reverse=True)
    busy = next((node for node in at_work if node.doing), None)
    began = live.submitted_at or row.submitted_at
    asking = live.asking()
    return TopRow(
        run_id=row.run,
        status=status,
        project=row.project,
        task=row.task,
        label=row.label,
        nodes=row.nodes,
        passed=live.passed,
        at_work=tuple(node.id for node in at_work),
        tool=busy.tool if busy else "",
        doing=busy.doing if busy else _held(live),
        tokens=live.tokens,
        usd=live.money.usd,
        plan=live.money.plan,
        limit_usd=live.limit_usd,
        simulated=live.simulated,
        seconds=max((live.ended_at or now) - began, 0.0),
        needs=_needs(live, status),
        questions=tuple(Question(gate=gate.id, asks=gate.question or "", choices=gate.choices) for gate in asking),
        cursor=live.seq,
    )


def _needs(live: Live, status: RunStatus) -> str:
    """What somebody has to see to, the most pressing first."""
    if asking := live.asking():
        more = f" and {len(asking) - 1} more" if len(asking) > 1 else ""
        return f"{asking[0].id} asks: {', '.join(asking[0].choices)}{more}"
    match status:
        case "needs_rerun":
            return "work was set back; resume does it again"
        case "parked" if live.paused:
            return "paused; resume goes on"
        case "parked":
            return f"waits for {', '.join(sorted(live.shut))}"
        case "recovering":
            return "nothing drives it; wait or any verb that writes starts the daemon"
    if live.blocking and status not in OVER:
        return f"{live.blocking} blocking finding{'s' if live.blocking > 1 else ''}"
    return ""


def _held(live: Live) -> str:
    """Why a node that could start does not."""
    return next(
        (f"waits: {node.held}" for node in live.nodes.values() if node.held and node.status == "waiting"), ""
    )


def _still(row: RunRow, now: float) -> TopRow:
    """A run that is over, as it was summed up."""
    return TopRow(
        run_id=row.run,
        status=row.status,
        project=row.project,
        task=row.task,
        label=row.label,
        nodes=row.nodes,
        passed=row.passed,
        at_work=(),
        tool="",
        doing="",
        tokens=None,
        usd=row.usd,
        plan=row.plan,
        limit_usd=None,
        simulated=row.simulated,
        seconds=max((row.ended_at or now) - row.submitted_at, 0.0),
        needs="",
        questions=(),
        cursor=row.seq,
    )
