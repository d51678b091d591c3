"""The verb that shows a run in one of its views; it leaves every byte as it was."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from ccorch.errors import NotFound, RunCorrupt
from ccorch.operations import which
from ccorch.operations.answers import Answer, Changed, Result, answer, changed, result
from ccorch.operations.current import current
from ccorch.operations.house import House
from ccorch.operations.listing import status, status_of
from ccorch.operations.standing import standing
from ccorch.rules.next_step import next_step
from ccorch.schema.artifacts import Left
from ccorch.schema.base import Many, Value
from ccorch.schema.following import ShowRequest
from ccorch.schema.next_step import NextStep
from ccorch.schema.outline import Outline
from ccorch.schema.status import OVER, RunStatus
from ccorch.schema.summary import RunSummary
from ccorch.schema.team import TeamView
from ccorch.views.milestones import Milestones, milestones

if TYPE_CHECKING:
    from ccorch.operations.checkpoints import CheckpointsReply
    from ccorch.operations.run_views import ConfigReply, CostReply, LogReply, TimelineReply
    from ccorch.operations.verdicts import VerdictsReply

MOST_NAMED = 20
"""Most nodes that are named in one sentence."""

LAST = 1 << 15
"""Bytes of the log's end in which milestones are looked for; of earlier ones the summary knows the most."""


class ShowReply(Value):
    """One run: its answers first."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state."""
    answers: Many[Answer]
    """What each ended node gave."""
    summary: RunSummary
    """Nodes, routes, tokens, money and findings."""
    task: str
    """Beginning of the task."""
    project: str
    """Project it works on."""
    folder: str
    """Run folder."""
    scripted: bool
    """Whether answers came from a script instead of a model."""
    cursor: int
    """Sequence number of the last event seen."""
    node: str | None = None
    """The only node that is shown; null shows all."""
    changes: Many[Changed] = ()
    """What writing nodes changed, and how it comes into the project."""
    result: Result | None = None
    """What a run that is over has written in all, under a ref of its own; null for nothing."""
    team: TeamView | None = None
    """What nodes that started from the same say beside each other, and the votes; null where there are none."""
    artifacts: Left | None = None
    """What lies in the run folder of a run that is over; the project's own files are under `changes`."""
    timeline: Milestones | None = None
    """How it went on, in a dozen lines; null in the view `nodes`."""
    next: NextStep | None = None
    """What is recommended now; null where a part of it is shown."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


Other: TypeAlias = "CostReply | ConfigReply | VerdictsReply | LogReply | TimelineReply | CheckpointsReply"


def show(house: House, request: ShowRequest) -> "ShowReply | Other":
    """One view of a run."""
    run, note = which.to_read(house, request.run)
    if request.node is not None:
        _check_node(house.library.outline(run), request.node)
    match request.view:
        case "summary" | "nodes":
            return _summary(house, run, request, note)
        case "checkpoints":
            from ccorch.operations.checkpoints import CheckpointsReply, checkpoints

            found = checkpoints(house, run, MOST_NAMED)
            return CheckpointsReply(run_id=run, status=status(house, run), checkpoints=found, note=note)
        case "verify":
            from ccorch.operations.verdicts import verdicts

            return verdicts(house, run, note)
    from ccorch.operations import run_views as views  # each view brings what it needs alone

    match request.view:
        case "config":
            return views.shown_config(house, run, note)
        case "cost":
            return views.shown_cost(house, run, request.node, note)
        case "timeline":
            return views.shown_timeline(house, run, request.node, note)
    return views.shown_log(house, run, request, note)


def _check_node(outline: Outline, node: str) -> None:
    if node not in outline.nodes:
        known = ", ".join(list(outline.nodes)[:MOST_NAMED])
        raise NotFound(f"the run has no node {node!r}", hint=f"its nodes are {known}", node=node)


def _summary(house: House, run: str, request: ShowRequest, note: str | None) -> ShowReply:
    outline = house.library.outline(run)
    alive = house.engine.is_alive()
    seen = current(house, run, alive)
    found, row = seen.summary, seen.row
    if request.node is not None:
        found = _only(found, request.node)
    begun = [node for node in found.nodes if node.attempt]
    writers = [node for node in begun if outline.nodes[node.id]]
    changes = (changed(house, run, node.id, node.attempt) for node in writers)
    answers = (
        tuple(answer(house, run, node.id, node.attempt) for node in begun) if request.view == "summary" else ()
    )
    now, left = status_of(row, alive), house.library.kept(run) if row.status in OVER else None
    is_whole = request.view == "summary"
    return ShowReply(
        run_id=run,
        status=now,
        answers=answers,
        team=_team(house, run, answers, found) if request.node is None else None,
        summary=found,
        task=outline.task[:400],
        project=row.project,
        folder=str(house.library.folder(run)),
        scripted="scripted" in outline.sources and not found.simulated,
        cursor=row.seq,
        node=request.node,
        changes=tuple(change for change in changes if change is not None),
        result=result(house, run) if row.status in (*OVER, "needs_rerun") else None,
        artifacts=left,
        timeline=_milestones(house, run, found, request.node) if is_whole else None,
        next=next_step(standing(house, run, now, found)) if is_whole and request.node is None else None,
        note=note,
    )


def _team(house: House, run: str, answers: Sequence[Answer], found: RunSummary) -> TeamView | None:
    passed = {node.id for node in found.nodes if node.status == "passed"}
    given = {one.node: one.handoff for one in answers if one.node in passed}
    if not answers or (not found.gates and sum(handoff is not None for handoff in given.values()) < 2):
        return None
    from ccorch.views.team import team  # one handoff alone has nothing beside it

    return team(house.library.plan(run), given)


def _milestones(house: House, run: str, found: RunSummary, node: str | None) -> Milestones:
    """By the end of its log and by what is known of it, so that a long log takes no longer."""
    tail = house.library.tail(run, -LAST)
    try:
        return milestones(found, tail.lines if tail else (), node)
    except ValueError as problem:
        raise RunCorrupt(f"the log of run {run} holds a line that is not an event", run_id=run) from problem


def _only(found: RunSummary, node: str) -> RunSummary:
    """The summary of one node: its findings and its money."""
    (one,) = (each for each in found.nodes if each.id == node)
    findings = tuple(finding for finding in found.findings if finding.node == node)
    return found.model_copy(update={"nodes": (one,), "findings": findings, "usd": one.usd, "plan": one.plan})
