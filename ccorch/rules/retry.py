"""Whose end may be undone by itself, how often, and how long to wait before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Literal

from ccorch.rules.graph import reached
from ccorch.schema.plan import PlanGate, Vertex
from ccorch.schema.policy import Retries
from ccorch.schema.route import Route
from ccorch.schema.status import Outcome

if TYPE_CHECKING:
    from ccorch.schema.run_state import NodeState

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

MOST_TIMES = 10**9
"""Where gates stand behind gates, attempts are counted up to here: more than any run can make."""


def allowance(vertex: Vertex, retries: Retries) -> Mapping[str, int]:
    """How often the end of a node or gate may be undone, by cause."""
    if isinstance(vertex, PlanGate):
        return {"gate": vertex.on_fail.max} if vertex.on_fail else {}
    hops = Counter(fallback.on for fallback in vertex.route.fallbacks)
    # a refused credential or request is only worth another try somewhere else
    parked = {"quota": retries.quota + hops["quota"], "overload": retries.overload + hops["overload"]}
    elsewhere = {"auth": hops["auth"], "refusal": hops["refusal"]}
    return {
        "lost": retries.lost,
        "failed": _failed(vertex.writes, retries),
        "timed_out": retries.timed_out,
        **parked,
        **elsewhere,
    }


def cause_of(state: NodeState) -> Cause | None:
    """What undoing this end would be counted under; None when it may not be undone."""
    return CAUSES.get(state.outcome) if state.outcome else None


def wait_seconds(retries: Retries, before: int) -> float:
    """Seconds to wait before the next try, after so many earlier ones of the same cause."""
    return min(retries.backoff_seconds * 2.0 ** min(before, 20), LONGEST_SECONDS)


def attempts_alone(writes: bool, route: Route, retries: Retries) -> int:
    """How often a node can be tried by itself; what was parked goes on within the turns of one attempt."""
    return 1 + retries.lost + _failed(writes, retries) + retries.timed_out + len(route.fallbacks)


def done_again(needs: Mapping[str, Sequence[str]], gates: Sequence[PlanGate]) -> Mapping[str, int]:
    """By how much gates multiply the attempts of what they have done again and of all after it, by its name.

    Linear in the vertices: which gates reach one is a number with a bit for each gate.
    """
    reopening = [gate.on_fail for gate in gates if gate.on_fail is not None]
    if not reopening:
        return {}
    at: dict[str, int] = {}
    with_max: dict[int, int] = {}
    for number, found in enumerate(reopening):
        at[found.reopen] = at.get(found.reopen, 0) | 1 << number
        with_max[found.max] = with_max.get(found.max, 0) | 1 << number

    @cache
    def times(bits: int) -> int:
        factors = (int((1 + most) ** (bits & mask).bit_count()) for most, mask in with_max.items())
        return min(prod(factors), MOST_TIMES)

    return {name: times(bits) for name, bits in reached(needs, at).items() if bits}


def _failed(writes: bool, retries: Retries) -> int:
    return retries.failed_writing if writes else retries.failed_reading
