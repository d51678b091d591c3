"""What gates and conditions say, by the facts of a run: where its nodes stand and what they handed over."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ccorch.engine.perform import Undone
from ccorch.errors import EvidenceForged, RunCorrupt, RunStateConflict
from ccorch.ports import Runs
from ccorch.ports.attempt import attempt_file
from ccorch.rules.expression import Fan, evaluate, names, node_facts, parse
from ccorch.rules.retry import GOES_ON
from ccorch.schema.claims import Handoff
from ccorch.schema.event import Answered, Event, Omitted, Reopened, Skipped
from ccorch.schema.fact import named
from ccorch.schema.handoff import check
from ccorch.schema.plan import Plan, PlanGate, PlanNode, Vertex
from ccorch.schema.run_state import RunState


@dataclass(frozen=True)
class Judgement:
    """What a gate or a condition says; unknown is not passed."""

    passed: bool | None
    why: str


@dataclass(frozen=True)
class Court:
    """A run at one moment, and where its handoffs are read."""

    run: str
    plan: Plan
    state: RunState
    runs: Runs


def judged(court: Court, gate: PlanGate) -> Judgement:
    """What the conditions of a gate say: all of them must hold, and without any nothing stands in its way."""
    said = [_judged(court, condition) for condition in gate.pass_when]
    against = [one for one in said if not one.passed]
    if against:
        known = all(one.passed is False for one in against)
        return Judgement(False if known else None, "; ".join(one.why for one in against))
    return Judgement(True, "; ".join(one.why for one in said) or "nothing was asked")


def passed_over(court: Court, node: Vertex) -> Event | None:
    """The event by which a node or gate whose condition does not hold is not done; None when it is done."""
    if node.when is None:
        return None
    said = _judged(court, node.when)
    match said.passed:
        case True:
            return None
        case False:
            return Omitted(node=node.id, reason=said.why)
    return Skipped(node=node.id, reason=f"its condition cannot be judged: {said.why}")


def has_to_wait(state: RunState, node: PlanNode) -> bool:
    """Whether a writer of the same files before it is not over yet."""
    return any(state.nodes[name].status in ("waiting", "running") for name in node.after)


def said(answered: Answered) -> str:
    """An answer in words: who gave it, which and why."""
    why = f": {answered.reason}" if answered.reason else ""
    return f"{named(answered.by, answered.who)} answered {answered.choice}{why}"


def asking(plan: Plan, state: RunState, answered: Answered) -> PlanGate:
    """The gate that waits for this answer; raises RunStateConflict."""
    gate = next((gate for gate in plan.gates if gate.id == answered.node), None)
    if gate is None or gate.approval is None:
        asks = ", ".join(gate.id for gate in plan.gates if gate.approval) or "none"
        raise RunStateConflict(f"{answered.node!r} asks nothing; nodes that ask: {asks}")
    if not state.is_running(gate.id, answered.attempt):
        said = state.nodes[gate.id].reason or f"it is {state.nodes[gate.id].status}"
        raise RunStateConflict(f"{gate.id!r} does not wait for an answer: {said}")
    if answered.choice not in gate.approval.choices:
        known = ", ".join(gate.approval.choices)
        raise RunStateConflict(f"{answered.choice!r} is no answer to {gate.id!r}", hint=f"choose one of: {known}")
    return gate


def givers(plan: Plan, vertex: Vertex) -> tuple[str, ...]:
    """The nodes whose handoffs a node is shown: those it needs, and those that its gates judged for it."""
    return tuple(dict.fromkeys(_givers(plan, vertex, {gate.id: gate for gate in plan.gates})))


def undone(plan: Plan, state: RunState, event: Reopened) -> Mapping[str, Undone]:
    """What a node that is done again should know: why, and by whose findings."""
    if event.cause in GOES_ON and event.node is not None:
        return {event.node: Undone(event.reason, {}, state.nodes[event.node].attempt)}
    if event.says and event.node is not None:
        return {event.node: Undone(event.reason, {}, state.nodes[event.node].attempt, event.says)}
    gate = next((gate for gate in plan.gates if gate.id == event.node), None)
    if event.cause != "gate" or gate is None or gate.on_fail is None:
        return {}
    found = {name: state.nodes[name].attempt for name in givers(plan, gate) if state.nodes[name].attempt}
    return {gate.on_fail.reopen: Undone(event.reason, found)}


def _givers(plan: Plan, vertex: Vertex, gates: Mapping[str, PlanGate]) -> Iterator[str]:
    for need in vertex.needs:
        if need in gates:
            yield from _givers(plan, gates[need], gates)
        else:
            yield need


def _judged(court: Court, condition: str) -> Judgement:
    asked = parse(condition)
    try:
        verdict = evaluate(asked, {name: _known(court, name) for name in names(asked)})
    except EvidenceForged as problem:
        return Judgement(None, problem.message)
    return Judgement(verdict.passed, verdict.why)


def _known(court: Court, name: str) -> Mapping[str, Any] | Fan:
    """What is known of a node, or of every member of a fan-out."""
    if name in court.state.nodes:
        return _facts(court, name)
    members = (node.id for node in court.plan.nodes if node.fan_out == name)
    return Fan({member: _facts(court, member) for member in members})


def _facts(court: Court, node: str) -> Mapping[str, Any]:
    now = court.state.nodes[node]
    match now.status:
        case "waiting" | "running":
            return {}
        case status:
            return node_facts(status, now.attempt, now.outcome, _handoff(court, node, now.attempt))


def _handoff(court: Court, node: str, attempt: int) -> Handoff | None:
    """The node's latest handoff; None when it owes none, gave none, or gave one that is none."""
    planned = court.plan.by_id.get(node)
    content = court.runs.read(court.run, attempt_file(node, attempt, "handoff.json")) if attempt else None
    if content is None or planned is None or planned.role.handoff is None:
        return None
    try:
        data = json.loads(content)
    except ValueError as problem:
        raise RunCorrupt(f"the handoff of {node} cannot be read: {problem}") from problem
    return check(planned.role.handoff, data, planned.role.name)[0]
