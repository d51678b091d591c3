"""What stands in the queue, what each part of it waits for, and how a run is given another place in it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ccorch.errors import CcorchError, ConfigInvalid
from ccorch.operations import which
from ccorch.operations.house import House
from ccorch.operations.parked import until
from ccorch.operations.watching import Watched
from ccorch.rules.admission import Busy, Slots, waits_for
from ccorch.schema.base import Many, Value
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.following import QueueRequest
from ccorch.schema.ids import short_id
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.route import Route
from ccorch.schema.run import OVER, NodeStatus, RunStatus
from ccorch.schema.run_row import WatchedRow
from ccorch.schema.steering import MoveRequest
from ccorch.schema.summary import GateSummary, NodeSummary, RunSummary

Why = Literal[
    "dependency",
    "rerun",
    "paused",
    "answer",
    "backoff",
    "quota",
    "overload",
    "no daemon",
    "run slots",
    "slot",
    "profile",
    "model",
    "budget",
    "soon",
]

PASSED = ("passed", "omitted")

MOST_WAITING = 200
"""Most lines about one run."""


class Waiting(Value):
    """A node or gate that has not started, or waits for somebody."""

    run_id: str
    """Id of the run."""
    node: str
    """The node or gate."""
    why: Why
    """Kind of reason."""
    reason: str
    """What it waits for, in words."""
    until: float | None = None
    """Unix time when that is over, where it is known."""
    command: str | None = None
    """What somebody can type about it; null when nobody has to do anything."""


class Queued(Value):
    """A run that is not over."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state; recovering when nothing drives it now."""
    task: str
    """Beginning of the task."""
    project: str
    """Project it works on."""
    priority: int
    """Its priority; higher ones start first."""
    running: Many[str]
    """Nodes at work."""
    waiting: int
    """How many nodes and gates wait."""


class QueueReply(Value):
    """What is not over, in the order in which it starts."""

    runs: Many[Queued]
    """Runs, those that start first first."""
    waiting: Many[Waiting]
    """What waits, and why."""
    at_work: int
    """Workers at work on this machine."""
    slots: int
    """Most workers at work at the same time."""
    note: str | None = None
    """What to know about how this was found."""


class MoveReply(Value):
    """A run that was given another place."""

    run_id: str
    """Id of the run."""
    priority: int
    """Its priority from now on."""
    moved: bool
    """Whether this call changed it; false when it had that priority."""


@dataclass(frozen=True)
class Live:
    """A run that is not over, as readers know it."""

    row: WatchedRow
    plan: Plan
    summary: RunSummary

    @property
    def over(self) -> frozenset[str]:
        """What those that need it no longer wait for."""
        return frozenset(name for name, status in self.states.items() if status in PASSED)

    @property
    def states(self) -> dict[str, NodeStatus]:
        """Where each node and gate stands."""
        nodes = {node.id: node.status for node in self.summary.nodes}
        return nodes | {gate.id: gate.status for gate in self.summary.gates}

    @property
    def running(self) -> tuple[str, ...]:
        """Nodes at work."""
        return tuple(node.id for node in self.summary.nodes if node.status == "running")


@dataclass(frozen=True)
class _Scene:
    """What a node may wait for beside its needs."""

    run: Live
    over: frozenset[str]
    slots: Slots
    busy: Busy
    alive: bool
    now: float


def queue(house: House, request: QueueRequest) -> QueueReply:
    """What is not over, in the order in which it starts, and what each part of it waits for."""
    watched = Watched(house)
    look = watched.look()
    notes = (*((look.problem,) if look.problem and watched.rows else ()), *look.left_out)
    return queue_of(house, open_runs(watched, house.library.plan), "; ".join(notes))


def open_runs(watched: Watched, plan: Callable[[str], Plan]) -> Iterator[Live]:
    """The runs that were not over at the last look."""
    for run, row in watched.rows.items():
        if row.status in OVER:
            continue
        try:
            yield Live(row, plan(run), watched.source.summary(run))
        except CcorchError:
            continue  # the next look tells that it is gone or cannot be read


def queue_of(house: House, live: Iterable[Live], note: str | None = None) -> QueueReply:
    """The same of runs that the caller knows already."""
    runs = sorted(live, key=lambda run: (-run.summary.priority, run.row.submitted_at))
    slots, broken = _slots(house)
    busy = Busy.of(route for run in runs for route in _at_work(run))
    alive, now = house.engine.is_alive(), house.clock.now()
    scenes = [_Scene(run, run.over, slots, busy, alive, now) for run in runs]
    return QueueReply(
        runs=tuple(map(_queued, runs)),
        waiting=tuple(one for scene in scenes for one in _waiting(scene)),
        at_work=busy.count,
        slots=slots.machine,
        note="; ".join(said for said in (broken, note) if said) or None,
    )


def move(house: House, request: MoveRequest) -> MoveReply:
    """Give a run another place in the queue."""
    run = which.to_change(house, request.run)
    moved = house.engine.move(run, house.asker, request.priority)
    return MoveReply(run_id=run, priority=request.priority, moved=moved)


def _slots(house: House) -> tuple[Slots, str | None]:
    """How many may be at work, and what is wrong with the owner's file: who asks why nothing starts is told."""
    try:
        return Slots.of(house.ceiling()), None
    except ConfigInvalid as problem:
        return Slots.of(Ceiling()), f"nothing new starts until the owner's limits can be read: {problem.message}"


def _at_work(run: Live) -> Iterator[Route]:
    return (run.plan.by_id[node].route for node in run.running)


def _queued(run: Live) -> Queued:
    return Queued(
        run_id=run.row.run_id,
        status=run.row.status,
        task=run.row.task,
        project=run.row.project,
        priority=run.summary.priority,
        running=run.running,
        waiting=list(run.states.values()).count("waiting"),
    )


def _waiting(scene: _Scene) -> Iterator[Waiting]:
    run = scene.run
    asking = [gate for gate in run.summary.gates if gate.status == "running" and gate.question is not None]
    yield from (_asks(run.row.run_id, gate) for gate in asking)
    waiting = [node for node in run.summary.nodes if node.status == "waiting"]
    for node in waiting[: max(MOST_WAITING - len(asking), 0)]:
        yield _why(scene, node)


def _asks(run: str, gate: GateSummary) -> Waiting:
    choices = " or ".join(gate.choices)
    command = f"ccorch answer {short_id(run)} {gate.id} {gate.choices[0]}"
    return Waiting(run_id=run, node=gate.id, why="answer", reason=f"{gate.question} ({choices})", command=command)


def _why(scene: _Scene, node: NodeSummary) -> Waiting:
    """The first reason that holds."""
    planned, run = scene.run.plan.by_id[node.id], scene.run.row.run_id
    for reason in REASONS:
        if (found := reason(scene, planned, node)) is not None:
            why, words = found
            shut = scene.run.summary.parked(node) if why in ("quota", "overload") else None
            until = shut.until if shut else node.not_before if why == "backoff" else None
            command = f"ccorch resume {short_id(run)}" if why in ("paused", "rerun", "quota", "overload") else None
            return Waiting(run_id=run, node=node.id, why=why, reason=words, until=until, command=command)
    return Waiting(run_id=run, node=node.id, why="soon", reason="it starts in a moment")


Reason = Callable[[_Scene, PlanNode, NodeSummary], tuple[Why, str] | None]


def _needs(scene: _Scene, node: PlanNode, now: NodeSummary) -> tuple[Why, str] | None:
    missing = [need for need in node.needs if need not in scene.over]
    if missing:
        return "dependency", f"needs {', '.join(missing)}"
    writing = [name for name in node.after if name not in scene.over]
    return ("dependency", f"{', '.join(writing)} may write the same files") if writing else None


def _is_held(scene: _Scene, node: PlanNode, now: NodeSummary) -> tuple[Why, str] | None:
    if scene.run.row.status == "needs_rerun":
        return "rerun", "it was set back after the run was over"
    return ("paused", "the run is paused") if scene.run.summary.paused else None


def _backs_off(scene: _Scene, node: PlanNode, now: NodeSummary) -> tuple[Why, str] | None:
    if now.not_before <= scene.now:
        return None
    return "backoff", f"it is tried again at {datetime.fromtimestamp(now.not_before):%H:%M:%S}"


def _is_parked(scene: _Scene, node: PlanNode, now: NodeSummary) -> tuple[Why, str] | None:
    shut = scene.run.summary.parked(now)
    if shut is None or scene.run.summary.stopping:
        return None
    return ("quota" if shut.error == "quota" else "overload"), until(shut)


def _has_no_daemon(scene: _Scene, node: PlanNode, now: NodeSummary) -> tuple[Why, str] | None:
    if scene.alive:
        return None
    return "no daemon", "nothing drives runs now; any command that starts or waits does"


def _run_is_full(scene: _Scene, node: PlanNode, now: NodeSummary) -> tuple[Why, str] | None:
    most = scene.run.plan.limits.max_concurrent
    if len(scene.run.running) < most:
        return None
    return "run slots", f"{most} of its run are at work, as many as policy.max_concurrent allows"


def _machine_is_full(scene: _Scene, node: PlanNode, now: NodeSummary) -> tuple[Why, str] | None:
    full = waits_for(scene.slots, scene.busy, node.route)
    return None if full is None else (full.limit, full.words)


def _is_short_of_money(scene: _Scene, node: PlanNode, now: NodeSummary) -> tuple[Why, str] | None:
    return ("budget", now.held) if now.held else None


REASONS: tuple[Reason, ...] = (
    _needs,
    _is_held,
    _backs_off,
    _is_parked,
    _has_no_daemon,
    _run_is_full,
    _machine_is_full,
    _is_short_of_money,
)
"""Why a node waits, the reason that somebody can do most about first; a new kind of waiting is a new line."""
