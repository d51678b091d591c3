"""What stands in the queue, and what each part of it waits for."""

from collections.abc import Iterator
from typing import Literal

from ccorch.operations.house import House
from ccorch.ports import RunRow
from ccorch.rules.admission import Busy, Slots, waits_for
from ccorch.schema.base import Many, Value
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.route import Route
from ccorch.schema.run import OVER
from ccorch.schema.summary import GateSummary, RunSummary
from ccorch.schema.verbs import QueueRequest

Why = Literal["slot", "dependency", "paused", "answer", "later", "run slots", "no daemon"]

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
    command: str | None = None
    """What somebody can type about it; null when nobody has to do anything."""


class Queued(Value):
    """A run that is not over."""

    run_id: str
    """Id of the run."""
    status: str
    """Its state."""
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


def queue(house: House, request: QueueRequest) -> QueueReply:
    """What is not over, in the order in which it starts, and what each part of it waits for."""
    listing = house.library.rows(10_000)
    rows = [row for row in listing.rows if row.status not in OVER]
    known = [(row, house.library.plan(row.run), house.library.summary(row.run)) for row in rows]
    known.sort(key=lambda one: (-one[1].limits.priority, one[0].submitted_at))
    slots = Slots.of(house.ceiling())
    busy = Busy.of(route for _, plan, summary in known for route in _at_work(plan, summary))
    alive = house.engine.is_alive()
    waiting = [one for row, plan, summary in known for one in _waiting(row, plan, summary, slots, busy, alive)]
    return QueueReply(
        runs=tuple(_queued(*one) for one in known),
        waiting=tuple(waiting),
        at_work=busy.count,
        slots=slots.machine,
        note=listing.note,
    )


def _at_work(plan: Plan, summary: RunSummary) -> Iterator[Route]:
    return (plan.by_id[node.id].route for node in summary.nodes if node.status == "running")


def _queued(row: RunRow, plan: Plan, summary: RunSummary) -> Queued:
    states = [*(node.status for node in summary.nodes), *(gate.status for gate in summary.gates)]
    return Queued(
        run_id=row.run,
        status=row.status,
        task=row.task,
        project=row.project,
        priority=plan.limits.priority,
        running=tuple(node.id for node in summary.nodes if node.status == "running"),
        waiting=states.count("waiting"),
    )


def _waiting(
    row: RunRow, plan: Plan, summary: RunSummary, slots: Slots, busy: Busy, alive: bool
) -> Iterator[Waiting]:
    found: list[Waiting] = []
    over = {node.id for node in summary.nodes if node.status in PASSED}
    over |= {gate.id for gate in summary.gates if gate.status in PASSED}
    running = sum(node.status == "running" for node in summary.nodes)
    free = running < plan.limits.max_concurrent
    for gate in summary.gates:
        if gate.status == "running" and gate.question is not None:
            found.append(_asks(row, gate))
    for node in summary.nodes:
        if node.status != "waiting" or len(found) >= MOST_WAITING:
            continue
        why, reason = _why(plan.by_id[node.id], over, summary, slots, busy, free, alive, node.not_before)
        command = f"ccorch resume {row.run[:8]}" if why == "paused" else None
        found.append(Waiting(run_id=row.run, node=node.id, why=why, reason=reason, command=command))
    yield from found


def _asks(row: RunRow, gate: GateSummary) -> Waiting:
    choices = " or ".join(gate.choices)
    return Waiting(
        run_id=row.run,
        node=gate.id,
        why="answer",
        reason=f"{gate.question} ({choices})",
        command=f"ccorch answer {row.run[:8]} {gate.id} {gate.choices[0]}",
    )


def _why(
    node: PlanNode,
    over: set[str],
    summary: RunSummary,
    slots: Slots,
    busy: Busy,
    free: bool,
    alive: bool,
    not_before: float,
) -> tuple[Why, str]:
    missing = [need for need in node.needs if need not in over]
    if missing:
        return "dependency", f"needs {', '.join(missing)}"
    if summary.paused:
        return "paused", "the run is paused"
    if not_before:
        return "later", f"is tried again at {not_before:.0f}"
    if not alive:
        return "no daemon", "nothing drives runs now; any command that starts or waits does"
    if not free:
        return "run slots", "as many of its run are at work as policy.max_concurrent allows"
    return "slot", waits_for(slots, busy, node.route) or "it starts in a moment"
