"""Whose end may be undone by itself, how often, and how long to wait before."""

from collections.abc import Mapping, Sequence
from typing import Literal

from ccorch.rules.graph import descendants
from ccorch.schema.event import Outcome
from ccorch.schema.plan import PlanGate, PlanNode, Vertex
from ccorch.schema.policy import Retries
from ccorch.schema.run import NodeState

Cause = Literal["gate", "lost", "failed", "timed_out"]
"""What a reopening is counted under."""

CAUSES: Mapping[Outcome, Cause] = {
    "gate_failed": "gate",
    "killed": "lost",
    "timed_out": "timed_out",
    "failed": "failed",
    "empty": "failed",
    "no_handoff": "failed",
    "api_error": "failed",
}
"""Ends that may be undone; a refused credential, spent money, a wrong model or a stop never are."""

LONGEST_SECONDS = 3600.0


def allowance(vertex: Vertex, retries: Retries) -> Mapping[str, int]:
    """How often the end of a node or gate may be undone, by cause."""
    if isinstance(vertex, PlanGate):
        return {"gate": vertex.on_fail.max} if vertex.on_fail else {}
    failed = retries.failed_writing if vertex.writes else retries.failed_reading
    return {"lost": retries.lost, "failed": failed, "timed_out": retries.timed_out}


def cause_of(state: NodeState) -> Cause | None:
    """What undoing this end would be counted under; None when it may not be undone."""
    return CAUSES.get(state.outcome) if state.outcome else None


def wait_seconds(retries: Retries, before: int) -> float:
    """Seconds to wait before the next try, after so many earlier ones of the same cause."""
    return min(retries.backoff_seconds * 2.0 ** min(before, 20), LONGEST_SECONDS)


def most_attempts(nodes: Sequence[PlanNode], gates: Sequence[PlanGate], retries: Retries) -> Mapping[str, int]:
    """How often each node can be tried in all: by itself after failures, and again for gates that reopen it."""
    vertices: tuple[Vertex, ...] = (*nodes, *gates)
    most = {node.id: 1 + sum(allowance(node, retries).values()) for node in nodes}
    needs = {vertex.id: vertex.needs for vertex in vertices}
    for gate in gates:
        if gate.on_fail is not None:
            target = gate.on_fail.reopen
            for name in (target, *descendants(needs, target)):
                if name in most:
                    most[name] *= 1 + gate.on_fail.max
    return most
