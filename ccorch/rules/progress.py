"""How a run goes on: `evolve` folds its events into a state, `decide` says what is due next."""

from collections.abc import Iterable
from functools import reduce
from typing import Literal

from ccorch.schema.event import Ended, Event, Finished, Reopened, Skipped, Started, StopAsked
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run import NodeState, RunState

Ending = Literal["done", "failed", "timed_out", "cancelled"]

PASSED = ("passed",)
OVER = ("passed", "failed", "skipped")


def begin(plan: Plan) -> RunState:
    """The state of a run of which nothing has happened yet."""
    return RunState(nodes={node.id: NodeState() for node in plan.nodes})


def fold(plan: Plan, events: Iterable[Event]) -> RunState:
    """The state that a whole log tells."""
    return reduce(evolve, events, begin(plan))


def evolve(state: RunState, event: Event) -> RunState:
    """The state after one more event; an ending of another attempt than the live one changes nothing."""
    match event:
        case Started(node=node, attempt=attempt):
            return _with(state, node, NodeState(status="running", attempt=attempt))
        case Ended(node=node, attempt=attempt) if state.is_running(node, attempt):
            return _with(state, node, _over(event))
        case Skipped(node=node, reason=reason):
            skipped = state.nodes[node].model_copy(update={"status": "skipped", "reason": reason})
            return _with(state, node, skipped)
        case Reopened(nodes=nodes):
            waiting = {node: NodeState(attempt=state.nodes[node].attempt) for node in nodes}
            return state.model_copy(update={"nodes": {**state.nodes, **waiting}, "finished": None})
        case StopAsked():
            return state.model_copy(update={"stopping": True})
        case Finished(status=status):
            return state.model_copy(update={"finished": status})
        case _:
            return state


def decide(plan: Plan, state: RunState) -> Event | tuple[PlanNode, ...]:
    """The event that is due now, else the nodes that may start now; at most the free slots of the run."""
    if state.finished:
        return ()
    if state.stopping:
        return _next_while_stopping(plan, state)
    blocked = _first_blocked(plan, state)
    if blocked is not None:
        return blocked
    if _is_over(state):
        return Finished(status=verdict(state))
    free = plan.limits.max_concurrent - running(state)
    return ready(plan, state)[: max(free, 0)]


def ready(plan: Plan, state: RunState) -> tuple[PlanNode, ...]:
    """Waiting nodes whose needs have passed, in declared order."""
    return tuple(node for node in plan.nodes if _is_waiting(state, node) and _needs_passed(state, node))


def running(state: RunState) -> int:
    """How many nodes are at work."""
    return sum(node.status == "running" for node in state.nodes.values())


def verdict(state: RunState) -> Ending:
    """How a run whose nodes are all over has ended; the worst node says it."""
    if all(node.status == "passed" for node in state.nodes.values()):
        return "done"
    failed = [node.outcome for node in state.nodes.values() if node.status == "failed"]
    if state.stopping:
        return "cancelled"
    return "timed_out" if failed and all(outcome == "timed_out" for outcome in failed) else "failed"


def _next_while_stopping(plan: Plan, state: RunState) -> Event | tuple[PlanNode, ...]:
    for node in plan.nodes:
        if _is_waiting(state, node):
            return Skipped(node=node.id, reason="the run was stopped")
    return Finished(status=verdict(state)) if _is_over(state) else ()


def _first_blocked(plan: Plan, state: RunState) -> Skipped | None:
    for node in plan.nodes:
        if not _is_waiting(state, node):
            continue
        for need in node.needs:
            status = state.nodes[need].status
            if status in OVER and status not in PASSED:
                return Skipped(node=node.id, reason=f"{need} was {status}")
    return None


def _is_waiting(state: RunState, node: PlanNode) -> bool:
    return state.nodes[node.id].status == "waiting"


def _needs_passed(state: RunState, node: PlanNode) -> bool:
    return all(state.nodes[need].status in PASSED for need in node.needs)


def _is_over(state: RunState) -> bool:
    return all(node.status in OVER for node in state.nodes.values())


def _over(event: Ended) -> NodeState:
    return NodeState(
        status="passed" if event.passed else "failed",
        attempt=event.attempt,
        outcome=event.outcome,
        reason=event.reason,
    )


def _with(state: RunState, node: str, changed: NodeState) -> RunState:
    return state.model_copy(update={"nodes": {**state.nodes, node: changed}})
