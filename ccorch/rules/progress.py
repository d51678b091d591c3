"""How a run goes on: `evolve` folds its events into a state, `decide` says what is due next."""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from typing import Literal

from ccorch.errors import RunCorrupt
from ccorch.rules.standing import first, placed, unbegun
from ccorch.schema.event import Ended, Event, Finished, Reopened, Skipped, Started, StopAsked
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run import NodeState, RunState

Ending = Literal["done", "failed", "timed_out", "cancelled"]


def begin(plan: Plan) -> RunState:
    """The state of a run of which nothing has happened yet."""
    return unbegun(plan)


def fold(plan: Plan, events: Iterable[Event]) -> RunState:
    """The state that a whole log tells."""
    return reduce(evolve, events, begin(plan))


def evolve(state: RunState, event: Event) -> RunState:
    """The state after one more event; an ending of another attempt than the live one changes nothing.

    Raises RunCorrupt for progress of a node that the plan does not have.
    """
    match event:
        case Started(node=node, attempt=attempt):
            _known(state, event, node)
            return placed(state, node, NodeState(status="running", attempt=attempt))
        case Ended(node=node, attempt=attempt):
            _known(state, event, node)
            return placed(state, node, _over(event)) if state.is_running(node, attempt) else state
        case Skipped(node=node, reason=reason):
            _known(state, event, node)
            skipped = state.nodes[node].model_copy(update={"status": "skipped", "reason": reason})
            return placed(state, node, skipped)
        case Reopened(nodes=nodes):
            _known(state, event, *nodes)
            for node in nodes:
                state = placed(state, node, NodeState(attempt=state.nodes[node].attempt))
            return replace(state, finished=None)
        case StopAsked():
            return replace(state, stopping=True)
        case Finished(status=status):
            return replace(state, finished=status)
        case _:
            return state


def decide(plan: Plan, state: RunState) -> Event | tuple[PlanNode, ...]:
    """The event that is due now, else the nodes that may start now; at most the free slots of the run."""
    if state.finished:
        return ()
    for position in first(state.tally.waiting if state.stopping else state.tally.blocked, 1):
        node = plan.nodes[position]
        return Skipped(node=node.id, reason=_why_skipped(state, node))
    if not state.tally.waiting and not state.tally.running:
        return Finished(status=verdict(state))
    if state.stopping:
        return ()
    return _first_ready(plan, state, plan.limits.max_concurrent - running(state))


def ready(plan: Plan, state: RunState) -> tuple[PlanNode, ...]:
    """Waiting nodes whose needs have passed, in declared order."""
    return _first_ready(plan, state, len(plan.nodes))


def running(state: RunState) -> int:
    """How many nodes are at work."""
    return state.tally.running


def verdict(state: RunState) -> Ending:
    """How a run whose nodes are all over has ended; the worst node says it."""
    tally = state.tally
    if tally.passed == len(state.nodes):
        return "done"
    if state.stopping:
        return "cancelled"
    return "timed_out" if tally.failed and tally.timed_out == tally.failed else "failed"


def _first_ready(plan: Plan, state: RunState, most: int) -> tuple[PlanNode, ...]:
    return tuple(plan.nodes[position] for position in first(state.tally.ready, most))


def _why_skipped(state: RunState, node: PlanNode) -> str:
    if state.stopping:
        return "the run was stopped"
    statuses = ((need, state.nodes[need].status) for need in node.needs)
    return next(f"{need} was {status}" for need, status in statuses if status in ("failed", "skipped"))


def _over(event: Ended) -> NodeState:
    return NodeState(
        status="passed" if event.passed else "failed",
        attempt=event.attempt,
        outcome=event.outcome,
        reason=event.reason,
    )


def _known(state: RunState, event: Event, *nodes: str) -> None:
    for node in nodes:
        if node not in state.nodes:
            raise RunCorrupt(
                f"event {event.seq} is about node {node!r}, which the plan does not have", seq=event.seq
            )
