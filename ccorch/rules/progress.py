"""How a run goes on: `evolve` folds its events into a state, `decide` says what is due next."""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from math import inf
from typing import Literal

from ccorch.errors import NotFound, RunCorrupt, RunStateConflict
from ccorch.rules.graph import descendants
from ccorch.rules.retry import cause_of
from ccorch.rules.standing import first, placed, unbegun
from ccorch.schema.event import (
    Ended,
    Event,
    Finished,
    HeldBack,
    Moved,
    Omitted,
    PauseAsked,
    Reopened,
    Rerouted,
    ResumeAsked,
    Skipped,
    Started,
    StopAsked,
)
from ccorch.schema.fact import Asker
from ccorch.schema.plan import Plan, PlanGate, Vertex
from ccorch.schema.run_state import NodeState, RunState

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
            return _now(state, node, status="running", attempt=attempt)
        case HeldBack(node=node, reason=reason):
            _known(state, event, node)
            return placed(state, node, state.nodes[node].model_copy(update={"held": reason}))
        case Ended(node=node, attempt=attempt):
            _known(state, event, node)
            return _over(state, event) if state.is_running(node, attempt) else state
        case Skipped(node=node, reason=reason):
            _known(state, event, node)
            return placed(state, node, state.nodes[node].model_copy(update={"status": "skipped", "reason": reason}))
        case Omitted(node=node, reason=reason):
            _known(state, event, node)
            return placed(state, node, state.nodes[node].model_copy(update={"status": "omitted", "reason": reason}))
        case Reopened():
            return _reopened(state, event)
        case Rerouted(node=node, way=way):
            _known(state, event, node)
            return placed(state, node, state.nodes[node].model_copy(update={"way": way, "leaves": None}))
        case StopAsked():
            return replace(state, stopping=True)
        case PauseAsked():
            return replace(state, paused=True)
        case ResumeAsked():
            return replace(state, paused=False, rerun=False)
        case Moved(priority=priority):
            return replace(state, priority=priority)
        case Finished(status=status):
            return replace(state, finished=status)
        case _:
            return state


def decide(plan: Plan, state: RunState, now: float = inf, held: int = 0) -> Event | tuple[Vertex, ...]:
    """The event that is due now, else what may start: gates, which take no slot, else nodes up to the run's slots.

    `now` is the time in seconds since 1970: nodes that wait for a later one do not start. Who records a Reopened of
    a cause other than a gate gives it its time; the rule knows no clock. `held` are the positions, one bit each, of
    nodes that may not start for reasons outside the run.
    """
    if state.finished:
        return ()
    if state.tally.appealing and not state.stopping:
        return _undone(plan, state, first(state.tally.appealing, 1)[0])
    for position in first(state.tally.waiting if state.stopping else state.tally.blocked, 1):
        vertex = plan.vertices[position]
        return Skipped(node=vertex.id, reason=_why_skipped(state, vertex))
    if not state.tally.waiting and not state.tally.running and not state.tally.judging:
        return Finished(status=verdict(state))
    if state.stopping or state.paused:
        return ()
    gates = state.tally.ready >> len(plan.nodes)
    if gates:
        return tuple(plan.gates[position] for position in first(gates, len(plan.gates)))
    return _first_ready(plan, state, plan.limits.max_concurrent - running(state), now, held)


def ready(plan: Plan, state: RunState) -> tuple[Vertex, ...]:
    """Waiting nodes and gates whose needs have passed, in declared order."""
    return _first_ready(plan, state, len(plan.vertices))


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


def reopening(plan: Plan, node: str) -> tuple[str, ...]:
    """A node and everything after it, in the plan's order: what is done again when it is reopened."""
    after = descendants({vertex.id: vertex.before for vertex in plan.vertices}, node)
    return tuple(vertex.id for vertex in plan.vertices if vertex.id == node or vertex.id in after)


def again(plan: Plan, state: RunState, node: str, by: Asker, reason: str = "", says: str = "") -> Reopened:
    """The event by which somebody has a node and everything after it done again; raises RunStateConflict.

    With `says` its session goes on with these words instead of beginning anew.
    """
    if node not in state.nodes:
        known = ", ".join(list(state.nodes)[:20])
        raise NotFound(f"the run has no node {node!r}", hint=f"its nodes are {known}", node=node)
    if not _has_begun(state.nodes[node]):
        raise RunStateConflict(f"node {node!r} has not begun, so there is nothing to do again")
    nodes = tuple(name for name in reopening(plan, node) if _has_begun(state.nodes[name]))
    return Reopened(nodes=nodes, by=by.by, who=by.who, node=node, reason=reason, says=says)


def _undone(plan: Plan, state: RunState, position: int) -> Reopened:
    """The failed node's end is undone: a gate has its target done again, any other node is tried again."""
    vertex = plan.vertices[position]
    now = state.nodes[vertex.id]
    cause = cause_of(now)
    assert cause is not None, "only ends with a cause appeal"
    if isinstance(vertex, PlanGate):
        assert vertex.on_fail is not None, "only gates that reopen appeal"
        target, by = vertex.on_fail.reopen, vertex.id
    else:
        target, by = vertex.id, "retry"
    nodes = tuple(node for node in reopening(plan, target) if _has_begun(state.nodes[node]) or node == target)
    return Reopened(nodes=nodes, by=by, cause=cause, node=vertex.id, reason=now.reason)


def _has_begun(state: NodeState) -> bool:
    return state.status != "waiting"


def _reopened(state: RunState, event: Reopened) -> RunState:
    _known(state, event, *event.nodes, *((event.node,) if event.node else ()))
    if event.node is not None:
        now = state.nodes[event.node]
        counts = {**now.reopened, event.cause: now.reopened.get(event.cause, 0) + 1}
        state = placed(state, event.node, now.model_copy(update={"reopened": counts}))
    for node in event.nodes:
        now = state.nodes[node]
        leaves = event.cause if node == event.node and event.cause in ("auth", "refusal") else None
        again = NodeState(
            attempt=now.attempt,
            reopened=now.reopened,
            not_before=event.not_before,
            way=now.way,
            leaves=leaves,
        )
        state = placed(state, node, again)
    # what somebody set back by hand goes on when they say so
    held = state.finished is not None and event.cause == "asked"
    if held:
        return replace(state, finished=None, stopping=False, paused=True, rerun=True)
    return replace(state, finished=None)


def _now(state: RunState, node: str, **facts: object) -> RunState:
    kept = {"reopened": state.nodes[node].reopened, "way": state.nodes[node].way}
    return placed(state, node, NodeState(**{**kept, **facts}))  # type: ignore[arg-type]


def _first_ready(plan: Plan, state: RunState, most: int, now: float = inf, held: int = 0) -> tuple[Vertex, ...]:
    found: list[Vertex] = []
    ready = state.tally.ready & ~held
    while ready and len(found) < most:
        for position in first(ready, most - len(found)):
            ready &= ~(1 << position)
            if state.nodes.spots[position].state.not_before <= now:
                found.append(plan.vertices[position])
    return tuple(found)


def _why_skipped(state: RunState, node: Vertex) -> str:
    if state.stopping:
        return "the run was stopped"
    statuses = ((need, state.nodes[need].status) for need in node.needs)
    return next(f"{need} was {status}" for need, status in statuses if status in ("failed", "skipped"))


def _over(state: RunState, event: Ended) -> RunState:
    status = "passed" if event.passed else "failed"
    return _now(state, event.node, status=status, attempt=event.attempt, outcome=event.outcome, reason=event.reason)


def _known(state: RunState, event: Event, *nodes: str) -> None:
    for node in nodes:
        if node not in state.nodes:
            raise RunCorrupt(
                f"event {event.seq} is about node {node!r}, which the plan does not have", seq=event.seq
            )
