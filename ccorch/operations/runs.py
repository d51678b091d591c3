"""The verb that shows a run in one of its views; it leaves every byte as it was."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import ValidationError

from ccorch.errors import NotFound, RunCorrupt
from ccorch.operations import which
from ccorch.operations.answers import Answer, Changed, Result, answer, changed, result
from ccorch.operations.current import current
from ccorch.operations.house import House
from ccorch.operations.listing import status, status_of
from ccorch.operations.standing import standing
from ccorch.operations.waiting import events_of
from ccorch.rules.next_step import next_step
from ccorch.schema.artifacts import Left
from ccorch.schema.base import Many, Value
from ccorch.schema.event import AnyEvent, Event
from ccorch.schema.following import ShowRequest
from ccorch.schema.next_step import NextStep
from ccorch.schema.plan import Plan
from ccorch.schema.status import OVER, RunStatus
from ccorch.schema.summary import RunSummary
from ccorch.schema.team import TeamView
from ccorch.views.cost import CostView, cost
from ccorch.views.milestones import KINDS, Milestones, milestones
from ccorch.views.timeline import TimelineView, timeline

if TYPE_CHECKING:
    from ccorch.operations.checkpoints import CheckpointsReply
    from ccorch.operations.verdicts import VerdictsReply

MOST_NAMED = 20
"""Most nodes that are named in one sentence."""

LATELY = 1 << 20
"""Bytes of the log's end of which the timeline tells."""

LAST = 1 << 16
"""Bytes of the log's end in which milestones are looked for; of earlier ones the summary knows the most."""

_KIND = re.compile(rb'"type":"([a-z_]+)"')
_TURNS = frozenset(kind.encode() for kind in KINDS)


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


class CostReply(Value):
    """Tokens and money of a run."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state."""
    cost: CostView
    """By node and by model."""
    limit_usd: float | None
    """The run's money limit."""
    node: str | None = None
    """The only node that is shown; null shows all."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


class ConfigReply(Value):
    """The configuration a run was composed from."""

    run_id: str
    """Id of the run."""
    config: Any
    """Composed configuration of each lane."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


class TimelineReply(Value):
    """What happened in a run lately, a sentence each."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state."""
    timeline: TimelineView
    """The latest moments."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


class LogReply(Value):
    """Events of a run."""

    run_id: str
    """Id of the run."""
    events: Many[dict[str, Any]]
    """Events in order."""
    cursor: int
    """Sequence number of the last one; more may have come since."""
    status: RunStatus
    """The run's state before its events were read: when it is over, they are all here."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


Other: TypeAlias = "CostReply | ConfigReply | VerdictsReply | LogReply | TimelineReply | CheckpointsReply"


def show(house: House, request: ShowRequest) -> "ShowReply | Other":
    """One view of a run."""
    run, note = which.to_read(house, request.run)
    if request.node is not None:
        _check_node(house.library.plan(run), request.node)
    match request.view:
        case "config":
            config = json.loads(house.library.read(run, "config.json") or b"null")
            return ConfigReply(run_id=run, config=config, note=note)
        case "cost":
            return _cost(house, run, request.node, note)
        case "log":
            return _log(house, run, request, note)
        case "timeline":
            return _timeline(house, run, request.node, note)
        case "checkpoints":
            from ccorch.operations.checkpoints import CheckpointsReply, checkpoints

            found = checkpoints(house, run, MOST_NAMED)
            return CheckpointsReply(run_id=run, status=status(house, run), checkpoints=found, note=note)
        case "verify":
            from ccorch.operations.verdicts import verdicts  # the other views judge nothing

            return verdicts(house, run, note)
    return _summary(house, run, request, note)


def _check_node(plan: Plan, node: str) -> None:
    if node not in plan.by_id:
        known = ", ".join(list(plan.by_id)[:MOST_NAMED])
        raise NotFound(f"the run has no node {node!r}", hint=f"its nodes are {known}", node=node)


def _cost(house: House, run: str, node: str | None, note: str | None) -> CostReply:
    plan = house.library.plan(run)
    events = _metered(house, run)
    if node is not None:
        events = (event for event in events if is_about(event.model_dump(mode="json"), node))
    view = cost(plan, events)
    if node is not None:
        view = view.model_copy(update={"by_node": tuple(row for row in view.by_node if row.name == node)})
    return CostReply(
        run_id=run,
        status=status(house, run),
        cost=view,
        limit_usd=plan.limits.usd_per_run,
        node=node,
        note=note,
    )


def _metered(house: House, run: str) -> Iterator[Event]:
    """The requests that were metered; of the many other lines none is taken apart."""
    offset, is_all = 0, False
    while not is_all and (found := house.library.tail(run, offset)) is not None:
        yield from _events(run, (line for line in found.lines if b"metered" in line))
        offset, is_all = found.offset, found.is_all


def _log(house: House, run: str, request: ShowRequest, note: str | None) -> LogReply:
    now = status(house, run)
    events = events_of(house, run, request.cursor)
    return LogReply(
        run_id=run,
        events=tuple(event for event in events if request.node is None or is_about(event, request.node)),
        cursor=events[-1]["seq"] if events else request.cursor,
        status=now,
        note=note,
    )


def _timeline(house: House, run: str, node: str | None, note: str | None) -> TimelineReply:
    """The end of its story, read from the end of its log."""
    now, found = status(house, run), house.library.tail(run, -LATELY)
    events = _events(run, found.lines if found else ())
    story = timeline(one for one in events if node is None or is_about(one.model_dump(mode="json"), node))
    return TimelineReply(run_id=run, status=now, timeline=story, note=note)


def _events(run: str, lines: Iterable[bytes]) -> Iterator[Event]:
    for line in lines:
        try:
            yield AnyEvent.validate_json(line)
        except ValidationError as problem:
            said = f"the log of run {run} holds a line that is not an event"
            raise RunCorrupt(said, run_id=run) from problem


def is_about(event: Mapping[str, Any], node: str) -> bool:
    """Whether an event concerns the node."""
    found = event["finding"]["node"] if event["type"] == "found" else event.get("node")
    return found == node or node in event.get("nodes", ())


def _summary(house: House, run: str, request: ShowRequest, note: str | None) -> ShowReply:
    plan = house.library.plan(run)
    alive = house.engine.is_alive()
    seen = current(house, run, alive)
    found, row = seen.summary, seen.row
    if request.node is not None:
        found = _only(found, request.node)
    begun = [node for node in found.nodes if node.attempt]
    writers = [node for node in begun if plan.by_id[node.id].writes]
    changes = (changed(house, run, node.id, node.attempt) for node in writers)
    answers = (
        tuple(answer(house, run, node.id, node.attempt) for node in begun) if request.view == "summary" else ()
    )
    passed = {node.id for node in begun if node.status == "passed"}
    now, left = status_of(row, alive), house.library.kept(run) if row.status in OVER else None
    is_whole = request.view == "summary"
    return ShowReply(
        run_id=run,
        status=now,
        answers=answers,
        team=_team(plan, answers, passed) if request.node is None else None,
        summary=found,
        task=plan.task[:400],
        project=row.project,
        folder=str(house.library.folder(run)),
        scripted=any(profile.source == "scripted" for profile in plan.profiles) and plan.worker != "simulated",
        cursor=row.seq,
        node=request.node,
        changes=tuple(change for change in changes if change is not None),
        result=result(house, run) if row.status in (*OVER, "needs_rerun") else None,
        artifacts=left,
        timeline=_milestones(house, run, found, request.node) if is_whole else None,
        next=next_step(standing(house, run, now, found)) if is_whole and request.node is None else None,
        note=note,
    )


def _team(plan: Plan, answers: tuple[Answer, ...], passed: set[str]) -> TeamView | None:
    if not answers or (len(plan.nodes) < 2 and not plan.gates):
        return None
    from ccorch.views.team import team  # one node alone has nobody beside it

    return team(plan, {one.node: one.handoff for one in answers if one.node in passed})


def _milestones(house: House, run: str, found: RunSummary, node: str | None) -> Milestones:
    """By the end of its log and by what is known of it, so that a long log takes no longer."""
    tail = house.library.tail(run, -LAST)
    lines = (line for line in (tail.lines if tail else ()) if (kind := _KIND.search(line)) and kind[1] in _TURNS)
    return milestones(found, _events(run, lines), node)


def _only(found: RunSummary, node: str) -> RunSummary:
    """The summary of one node: its findings and its money."""
    (one,) = (each for each in found.nodes if each.id == node)
    findings = tuple(finding for finding in found.findings if finding.node == node)
    return found.model_copy(update={"nodes": (one,), "findings": findings, "usd": one.usd, "plan": one.plan})
