"""The verbs that follow and stop runs; the reading ones leave every byte as it was."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ccorch.errors import NotFound
from ccorch.operations import which
from ccorch.operations.answers import Answer, Changed, Result, answer, changed, result
from ccorch.operations.house import House
from ccorch.ports import RunRow
from ccorch.schema.base import Many, Value
from ccorch.schema.event import Event
from ccorch.schema.plan import Plan
from ccorch.schema.run import OVER, RunStatus
from ccorch.schema.summary import Covered, RunSummary
from ccorch.schema.team import TeamView
from ccorch.schema.verbs import ListRequest, ShowRequest, StopRequest, WaitRequest
from ccorch.views.cost import CostView, cost
from ccorch.views.team import team

POLL_SECONDS = 0.05
MOST_EVENTS = 200
"""Most events of one answer; the next wait goes on behind them."""

STILL = (*OVER, "needs_rerun")
"""States in which nothing drives a run, and nothing has to."""

MOST_TROUBLE = 20
"""Most nodes that are named in one sentence or list of trouble."""


class Row(Value):
    """A run in the list."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state; recovering when it is unfinished and nothing drives it."""
    task: str
    """Beginning of the task."""
    roles: str
    """Roles at work."""
    project: str
    """Project it works on."""
    label: str | None
    """Its label."""
    submitted_at: float
    """Unix time."""
    ended_at: float | None
    """Unix time; null while it is not over."""
    nodes: int
    """How many nodes it has."""
    passed: int
    """How many of them passed."""
    usd: float | None
    """Money spent; null is unknown, or none because a subscription pays for all."""
    plan: Covered | None = None
    """How much of it a subscription pays for; null is nothing."""
    simulated: bool
    """Whether no worker ran."""


class ListReply(Value):
    """Runs, newest first."""

    runs: Many[Row]
    """The runs."""
    note: str | None = None
    """What to know about how they were found."""
    others: int = 0
    """Runs that there are but that were not asked for: of other labels or projects."""


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


class StopReply(Value):
    """A run that was asked to stop."""

    run_id: str
    """Id of the run."""
    asked: bool
    """False when it was being stopped already."""


def list_runs(house: House, request: ListRequest) -> ListReply:
    """The latest runs."""
    here = str(which.checked_project(house.project))
    listing = house.library.rows(10_000 if request.label or request.here else request.limit)
    wanted = [
        row
        for row in listing.rows
        if request.label in (None, row.label) and (not request.here or row.project == here)
    ]
    alive = house.engine.is_alive()
    return ListReply(
        runs=tuple(_row(row, alive) for row in wanted[: request.limit]),
        note=listing.note,
        others=len(listing.rows) - len(wanted),
    )


def show(house: House, request: ShowRequest) -> ShowReply | CostReply | ConfigReply | LogReply:
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
    return _summary(house, run, request, note)


def wait(house: House, request: WaitRequest) -> WaitReply:
    """Block until what is waited for came, or the time is over."""
    run, note = which.to_read(house, request.run)
    return _waited(house, run, request).model_copy(update={"note": note})


def stop(house: House, request: StopRequest) -> StopReply:
    """Ask a run to stop; its workers end and its evidence stays."""
    run = which.to_change(house, request.run)
    return StopReply(run_id=run, asked=house.engine.stop(run, house.asker, request.reason))


def _waited(house: House, run: str, request: WaitRequest) -> WaitReply:
    deadline = house.clock.now() + request.timeout
    known = request.cursor
    if _status(house, run) == "recovering":
        house.engine.ensure()
    while True:
        last = house.library.last_seq(run)
        if last > known or request.until == "done":
            events = [_as_data(event) for event in house.library.events(run, request.cursor)]
            if _has_come(request.until, events) or _is_over(events, house, run):
                return _news(house, run, events, timed_out=False, cursor=request.cursor)
            known = last
        if house.clock.now() >= deadline:
            events = [_as_data(event) for event in house.library.events(run, request.cursor)]
            return _news(house, run, events, timed_out=True, cursor=request.cursor)
        _until_changed(house, run, known, deadline)


def _until_changed(house: House, run: str, known: int, deadline: float) -> None:
    while house.library.last_seq(run) <= known and house.clock.now() < deadline:
        house.pause(POLL_SECONDS)


def _has_come(until: str, events: list[dict[str, Any]]) -> bool:
    match until:
        case "change":
            return bool(events)
        case "node":
            return any(event["type"] in ("ended", "skipped") for event in events)
    return _ends(events)


def _is_over(events: list[dict[str, Any]], house: House, run: str) -> bool:
    return _ends(events) or _status(house, run) in OVER


def _ends(events: list[dict[str, Any]]) -> bool:
    """Whether the run was over at the last of these events: what was set back since then goes on."""
    return next((e["type"] == "finished" for e in reversed(events) if e["type"] in ("finished", "reopened")), False)


def _news(house: House, run: str, events: list[dict[str, Any]], timed_out: bool, cursor: int) -> WaitReply:
    shown = events[:MOST_EVENTS]
    status = _status(house, run)
    return WaitReply(
        run_id=run,
        status=status,
        timed_out=timed_out,
        events=tuple(shown),
        cursor=shown[-1]["seq"] if shown else cursor,
        trouble=tuple(_trouble(house, run))[:MOST_TROUBLE] if status in OVER else (),
    )


def _trouble(house: House, run: str) -> Iterator[str]:
    for node in house.library.summary(run).nodes:
        if node.status != "passed":
            yield ": ".join(part for part in (f"{node.id} {node.status}", node.outcome, node.reason) if part)


def _check_node(plan: Plan, node: str) -> None:
    if node not in plan.by_id:
        known = ", ".join(list(plan.by_id)[:MOST_TROUBLE])
        raise NotFound(f"the run has no node {node!r}", hint=f"its nodes are {known}", node=node)


def _cost(house: House, run: str, node: str | None, note: str | None) -> CostReply:
    plan = house.library.plan(run)
    events = house.library.events(run)
    view = cost(plan, events if node is None else (event for event in events if is_about(_as_data(event), node)))
    if node is not None:
        view = view.model_copy(update={"by_node": tuple(row for row in view.by_node if row.name == node)})
    return CostReply(
        run_id=run,
        status=_status(house, run),
        cost=view,
        limit_usd=plan.limits.usd_per_run,
        node=node,
        note=note,
    )


def _log(house: House, run: str, request: ShowRequest, note: str | None) -> LogReply:
    status = _status(house, run)
    events = [_as_data(event) for event in house.library.events(run, request.cursor)]
    return LogReply(
        run_id=run,
        events=tuple(event for event in events if request.node is None or is_about(event, request.node)),
        cursor=events[-1]["seq"] if events else request.cursor,
        status=status,
        note=note,
    )


def is_about(event: Mapping[str, Any], node: str) -> bool:
    """Whether an event concerns the node."""
    found = event["finding"]["node"] if event["type"] == "found" else event.get("node")
    return found == node or node in event.get("nodes", ())


def _summary(house: House, run: str, request: ShowRequest, note: str | None) -> ShowReply:
    plan = house.library.plan(run)
    found = house.library.summary(run)
    if request.node is not None:
        found = _only(found, request.node)
    begun = [node for node in found.nodes if node.attempt]
    writers = [node for node in begun if plan.by_id[node.id].writes]
    changes = (changed(house, run, node.id, node.attempt) for node in writers)
    row = house.library.row(run)
    answers = (
        tuple(answer(house, run, node.id, node.attempt) for node in begun) if request.view == "summary" else ()
    )
    passed = {node.id for node in begun if node.status == "passed"}
    return ShowReply(
        run_id=run,
        status=_status(house, run),
        answers=answers,
        team=team(plan, {one.node: one.handoff for one in answers if one.node in passed})
        if answers and request.node is None
        else None,
        summary=found,
        task=plan.task[:400],
        project=row.project,
        folder=str(house.library.folder(run)),
        scripted=any(profile.source == "scripted" for profile in plan.profiles) and plan.worker != "simulated",
        cursor=row.seq,
        node=request.node,
        changes=tuple(change for change in changes if change is not None),
        result=result(house, run) if row.status in OVER else None,
        note=note,
    )


def _only(found: RunSummary, node: str) -> RunSummary:
    """The summary of one node: its findings and its money."""
    (one,) = (each for each in found.nodes if each.id == node)
    findings = tuple(finding for finding in found.findings if finding.node == node)
    return found.model_copy(update={"nodes": (one,), "findings": findings, "usd": one.usd, "plan": one.plan})


def _row(row: RunRow, alive: bool) -> Row:
    return Row(
        run_id=row.run,
        status=status_of(row, alive),
        task=row.task,
        roles=row.roles,
        project=row.project,
        label=row.label,
        submitted_at=row.submitted_at,
        ended_at=row.ended_at,
        nodes=row.nodes,
        passed=row.passed,
        usd=row.usd,
        plan=row.plan,
        simulated=row.simulated,
    )


def _status(house: House, run: str) -> RunStatus:
    row = house.library.row(run)
    return row.status if row.status in STILL else status_of(row, house.engine.is_alive())


def status_of(row: RunRow, alive: bool) -> RunStatus:
    """Where a run stands; what should be driven and is not recovers with the next daemon."""
    return row.status if row.status in STILL or alive else "recovering"


def _as_data(event: Event) -> dict[str, Any]:
    return event.model_dump(mode="json")
