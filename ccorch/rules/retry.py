"""Whose end may be undone by itself, how often, and how long to wait before."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from ccorch.rules.graph import descendants
from ccorch.schema.event import Outcome
from ccorch.schema.plan import PlanGate, PlanNode, Vertex
from ccorch.schema.policy import Retries
from ccorch.schema.run import NodeState

Cause = Literal["gate", "lost", "failed", "timed_out", "quota", "overload", "auth", "refusal"]
"""What a reopening is counted under."""

CAUSES: Mapping[Outcome, Cause] = {
    "gate_failed": "gate",
    "killed": "lost",
    "timed_out": "timed_out",
    "stalled": "timed_out",
    "failed": "failed",
    "empty": "failed",
    "no_handoff": "failed",
    "api_error": "failed",
    "quota_spent": "quota",
    "overloaded": "overload",
    "auth_failed": "auth",
    "declined": "refusal",
}
"""Ends that may be undone; spent money, a wrong model or a stop never are."""

GOES_ON: tuple[Cause, ...] = ("lost", "quota", "overload")
"""Causes after which a node goes on in its session: nothing was wrong with the work itself."""

LONGEST_SECONDS = 3600.0


def allowance(vertex: Vertex, retries: Retries) -> Mapping[str, int]:
    """How often the end of a node or gate may be undone, by cause."""
    if isinstance(vertex, PlanGate):
        return {"gate": vertex.on_fail.max} if vertex.on_fail else {}
    failed = retries.failed_writing if vertex.writes else retries.failed_reading
    hops = Counter(fallback.on for fallback in vertex.route.fallbacks)
    # a refused credential or request is only worth another try somewhere else
    parked = {"quota": retries.quota + hops["quota"], "overload": retries.overload + hops["overload"]}
    elsewhere = {"auth": hops["auth"], "refusal": hops["refusal"]}
    return {"lost": retries.lost, "failed": failed, "timed_out": retries.timed_out, **parked, **elsewhere}


def cause_of(state: NodeState) -> Cause | None:
    """What undoing this end would be counted under; None when it may not be undone."""
    return CAUSES.get(state.outcome) if state.outcome else None


def wait_seconds(retries: Retries, before: int) -> float:
    """Seconds to wait before the next try, after so many earlier ones of the same cause."""
    return min(retries.backoff_seconds * 2.0 ** min(before, 20), LONGEST_SECONDS)


def _anew(node: PlanNode, retries: Retries) -> int:
    """How often a node can begin anew by itself; what was parked goes on within the turns of one attempt."""
    allowed = allowance(node, retries)
    return sum(allowed[cause] for cause in ("lost", "failed", "timed_out")) + len(node.route.fallbacks)


def most_attempts(nodes: Sequence[PlanNode], gates: Sequence[PlanGate], retries: Retries) -> Mapping[str, int]:
    """How often each node can be tried in all: by itself after failures, and again for gates that reopen it."""
    vertices: tuple[Vertex, ...] = (*nodes, *gates)
    most = {node.id: 1 + _anew(node, retries) for node in nodes}
    needs = {vertex.id: vertex.needs for vertex in vertices}
    for gate in gates:
        if gate.on_fail is not None:
            target = gate.on_fail.reopen
            for name in (target, *descendants(needs, target)):
                if name in most:
                    most[name] *= 1 + gate.on_fail.max
    return most
