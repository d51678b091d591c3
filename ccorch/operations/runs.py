"""The verbs that follow and stop runs; the reading ones leave every byte as it was."""

import json
from typing import Any

from ccorch.operations.house import House
from ccorch.ports import RunRow
from ccorch.schema.base import Many, Value
from ccorch.schema.event import Event
from ccorch.schema.run import OVER, RunStatus
from ccorch.schema.summary import RunSummary
from ccorch.schema.verbs import ListRequest, ShowRequest, StopRequest, WaitRequest
from ccorch.views.cost import CostView, cost

POLL_SECONDS = 0.05
MOST_EVENTS = 200
"""Most events of one answer; the next wait goes on behind them."""

ANSWER_LIMIT = 60_000
"""Longest answer shown, in characters; the whole of it lies in the run folder."""


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
    """Money spent; null is unknown."""
    simulated: bool
    """Whether no worker ran."""


class ListReply(Value):
    """Runs, newest first."""

    runs: Many[Row]
    """The runs."""
    note: str | None = None
    """What to know about how they were found."""


class Answer(Value):
    """What a node gave."""

    node: str
    """The node."""
    text: str | None
    """Its final text."""
    handoff: Any
    """Its structured result; null when it owed none or gave none."""
    truncated: bool = False
    """Whether the text was cut here; the file has all of it."""
    folder: str
    """Where all evidence of its latest attempt lies."""


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


class ConfigReply(Value):
    """The configuration a run was composed from."""

    run_id: str
    """Id of the run."""
    config: Any
    """Composed configuration of each lane."""


class LogReply(Value):
    """Events of a run."""

    run_id: str
    """Id of the run."""
    events: Many[dict[str, Any]]
    """Events in order."""
    cursor: int
    """Sequence number of the last one."""


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


class StopReply(Value):
    """A run that was asked to stop."""

    run_id: str
    """Id of the run."""
    asked: bool
    """False when it was being stopped already."""


def list_runs(house: House, request: ListRequest) -> ListReply:
    """The latest runs."""
    listing = house.library.rows(10_000 if request.label or request.here else request.limit)
    here = str(house.project.resolve())
    wanted = [
        row
        for row in listing.rows
        if request.label in (None, row.label) and (not request.here or row.project == here)
    ]
    alive = house.engine.is_alive()
    return ListReply(runs=tuple(_row(row, alive) for row in wanted[: request.limit]), note=listing.note)


def show(house: House, request: ShowRequest) -> ShowReply | CostReply | ConfigReply | LogReply:
    """One view of a run."""
    run = house.library.resolve(request.run, house.project)
    match request.view:
        case "config":
            return ConfigReply(run_id=run, config=json.loads(house.library.read(run, "config.json") or b"null"))
        case "cost":
            plan = house.library.plan(run)
            view = cost(plan, house.library.events(run))
            return CostReply(run_id=run, status=_status(house, run), cost=view, limit_usd=plan.limits.usd_per_run)
        case "log":
            events = tuple(_as_data(event) for event in house.library.events(run, request.cursor))
            return LogReply(run_id=run, events=events, cursor=events[-1]["seq"] if events else request.cursor)
    return _summary(house, run, request)


def wait(house: House, request: WaitRequest) -> WaitReply:
    """Block until what is waited for came, or the time is over."""
    run = house.library.resolve(request.run, house.project)
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


def stop(house: House, request: StopRequest) -> StopReply:
    """Ask a run to stop; its workers end and its evidence stays."""
    run = house.library.resolve(request.run, house.project)
    return StopReply(run_id=run, asked=house.engine.stop(run, house.by, request.reason))


def _until_changed(house: House, run: str, known: int, deadline: float) -> None:
    while house.library.last_seq(run) <= known and house.clock.now() < deadline:
        house.pause(POLL_SECONDS)


def _has_come(until: str, events: list[dict[str, Any]]) -> bool:
    match until:
        case "change":
            return bool(events)
        case "node":
            return any(event["type"] in ("ended", "skipped") for event in events)
    return any(event["type"] == "finished" for event in events)


def _is_over(events: list[dict[str, Any]], house: House, run: str) -> bool:
    return any(event["type"] == "finished" for event in events) or _status(house, run) in OVER


def _news(house: House, run: str, events: list[dict[str, Any]], timed_out: bool, cursor: int) -> WaitReply:
    shown = events[:MOST_EVENTS]
    return WaitReply(
        run_id=run,
        status=_status(house, run),
        timed_out=timed_out,
        events=tuple(shown),
        cursor=shown[-1]["seq"] if shown else cursor,
    )


def _summary(house: House, run: str, request: ShowRequest) -> ShowReply:
    plan = house.library.plan(run)
    found = house.library.summary(run)
    nodes = [node for node in found.nodes if request.node in (None, node.id)]
    row = house.library.row(run)
    return ShowReply(
        run_id=run,
        status=_status(house, run),
        answers=tuple(_answer(house, run, node.id, node.attempt) for node in nodes if node.attempt)
        if request.view == "summary"
        else (),
        summary=found.model_copy(update={"nodes": tuple(nodes)}),
        task=plan.task[:400],
        project=row.project,
        folder=str(house.library.folder(run)),
        scripted=any(profile.source == "scripted" for profile in plan.profiles) and plan.worker != "simulated",
        cursor=row.seq,
    )


def _answer(house: House, run: str, node: str, attempt: int) -> Answer:
    folder = f"nodes/{node}/{attempt}"
    text = house.library.read(run, f"{folder}/answer.md")
    handoff = house.library.read(run, f"{folder}/handoff.json")
    said = text.decode("utf-8", "replace") if text is not None else None
    return Answer(
        node=node,
        text=said[:ANSWER_LIMIT] if said else said,
        handoff=json.loads(handoff) if handoff else None,
        truncated=bool(said and len(said) > ANSWER_LIMIT),
        folder=str(house.library.folder(run) / folder),
    )


def _row(row: RunRow, alive: bool) -> Row:
    return Row(
        run_id=row.run,
        status=row.status if row.status in OVER or alive else "recovering",
        task=row.task,
        roles=row.roles,
        project=row.project,
        label=row.label,
        submitted_at=row.submitted_at,
        ended_at=row.ended_at,
        nodes=row.nodes,
        passed=row.passed,
        usd=row.usd,
        simulated=row.simulated,
    )


def _status(house: House, run: str) -> RunStatus:
    status = house.library.row(run).status
    return status if status in OVER or house.engine.is_alive() else "recovering"


def _as_data(event: Event) -> dict[str, Any]:
    return event.model_dump(mode="json")
