"""Views of a run that are read from its log and configuration: money, moments, events, what it was composed of."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from ccorch.errors import RunCorrupt
from ccorch.operations.house import House
from ccorch.operations.listing import status
from ccorch.operations.waiting import beyond, events_of
from ccorch.schema.base import Many, Value
from ccorch.schema.event import AnyEvent, Event
from ccorch.schema.following import ShowRequest
from ccorch.schema.status import RunStatus
from ccorch.views.cost import CostView, cost
from ccorch.views.timeline import TimelineView, timeline

MOST_LOGGED = 5_000
"""Most events of one reply."""

LATELY = 1 << 20
"""Bytes of the log's end of which the timeline tells."""


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
    more: bool = False
    """Whether it is a part of what there is; the next call goes on behind the cursor."""
    status: RunStatus
    """The run's state before its events were read: when it is over, they are all here."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


def shown_config(house: House, run: str, note: str | None) -> ConfigReply:
    """What each lane was composed to."""
    config = json.loads(house.library.read(run, "config.json") or b"null")
    return ConfigReply(run_id=run, config=config, note=note)


def shown_cost(house: House, run: str, node: str | None, note: str | None) -> CostReply:
    """Tokens and money, of one node or of all."""
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


def shown_log(house: House, run: str, request: ShowRequest, note: str | None) -> LogReply:
    """Events behind the caller's cursor."""
    now = status(house, run)
    events = events_of(house, run, request.cursor, MOST_LOGGED)
    if not events and request.cursor > (last := house.library.last_seq(run)):
        raise beyond(run, request.cursor, last)
    return LogReply(
        run_id=run,
        events=tuple(event for event in events if request.node is None or is_about(event, request.node)),
        cursor=events[-1]["seq"] if events else request.cursor,
        more=len(events) == MOST_LOGGED,
        status=now,
        note=note,
    )


def shown_timeline(house: House, run: str, node: str | None, note: str | None) -> TimelineReply:
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
