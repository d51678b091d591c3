"""The board's pages as values: the list, a run, and what an attempt has given."""

from __future__ import annotations

from typing import Any

from ccorch.operations.answers import Changed, Result
from ccorch.schema.base import Many, Value
from ccorch.schema.plan import Plan, PlanNode, Vertex
from ccorch.schema.run_row import WatchedRow
from ccorch.schema.status import RunStatus
from ccorch.views.board import RunNews

LONGEST_TASK = 20_000
"""Letters of a task that are shown."""


class ListNews(Value):
    """What is new in the list."""

    rows: Many[WatchedRow]
    """Runs that changed, or that are new."""
    gone: Many[str]
    """Runs whose folders are not there any more."""
    left_out: Many[str]
    """Runs that cannot be read, with the reason."""


class Drawn(Value):
    """A node or gate as it is drawn."""

    id: str
    """Its id."""
    lane: str | None
    """Branch of a sweep."""
    gate: bool
    """Whether it judges instead of working."""
    role: str
    """Role that works; empty for a gate."""
    needs: Many[str]
    """What it needs."""
    profile: str
    """Declared profile."""
    model: str
    """Declared model."""
    writes: bool
    """Whether it writes."""
    worst_usd: float | None
    """Most that it can cost; null is unknown or a plan's."""


class RunHead(Value):
    """What of a run does not change."""

    run: str
    """Id of the run."""
    task: str
    """The task."""
    context: str
    """Background beside the task."""
    project: str
    """Project it works on."""
    folder: str
    """Run folder."""
    label: str | None
    """Its label."""
    plan: str
    """Hash of its plan."""
    simulated: bool
    """Whether no worker runs."""
    scripted: bool
    """Whether answers come from a script instead of a model."""
    limit_usd: float | None
    """The run's money limit."""
    vertices: Many[Drawn]
    """Nodes, then gates, in declared order."""


class RunPage(Value):
    """A run's page: all of it."""

    head: RunHead
    """What does not change."""
    news: RunNews
    """All that is known."""
    status: RunStatus
    """Its state; recovering when it is unfinished and nothing drives it."""
    is_reading: bool
    """Whether more of its log is still to be read."""
    result: Result | None
    """What a run that is over has written in all; null for nothing."""


class Piece(Value):
    """A part of a text."""

    text: str
    """The words."""
    start: int
    """Byte that it begins with."""
    next: int | None
    """Byte to go on with; null at the end."""
    size: int
    """Bytes of the whole text now."""


class NodePage(Value):
    """What an attempt of a node has given."""

    node: str
    """The node."""
    attempt: int
    """The attempt."""
    handoff: Any
    """Its structured result; null when it owed none or gave none."""
    note: str | None
    """What to know about the handoff; null is nothing."""
    answer: Piece | None
    """Beginning of its final text; null for none."""
    diff: Piece | None
    """Beginning of what it changed; null for nothing."""
    change: Changed | None
    """What it changed, and how it comes into the project."""
    folder: str
    """Where all evidence of it lies."""


def head_of(run: str, plan: Plan, project: str, folder: str) -> RunHead:
    """What of a run does not change."""
    return RunHead(
        run=run,
        task=plan.task[:LONGEST_TASK],
        context=(plan.context or "")[:LONGEST_TASK],
        project=project,
        folder=folder,
        label=plan.label,
        plan=plan.sha256,
        simulated=plan.worker == "simulated",
        scripted=plan.worker != "simulated" and any(one.source == "scripted" for one in plan.profiles),
        limit_usd=plan.limits.usd_per_run,
        vertices=tuple(_drawn(plan, vertex) for vertex in plan.vertices),
    )


def _drawn(plan: Plan, vertex: Vertex) -> Drawn:
    node = vertex if isinstance(vertex, PlanNode) else None
    return Drawn(
        id=vertex.id,
        lane=vertex.lane,
        gate=node is None,
        role=node.role.name if node else "",
        needs=vertex.needs,
        profile=node.route.profile if node else "",
        model=node.route.model if node else "",
        writes=node.writes if node else False,
        worst_usd=plan.worst_of(node) if node else None,
    )
