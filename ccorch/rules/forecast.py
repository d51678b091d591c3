"""What a plan will probably cost: quantiles of what the same roles took on the same models before."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ccorch.schema.forecast import Expected
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.summary import RunSummary

ENOUGH = 3
"""Past nodes of a kind below which nothing is said of it."""

LOW, HIGH = 0.1, 0.9


class Kind(NamedTuple):
    """What nodes have in common that cost about the same."""

    role: str
    profile: str
    model: str

    def __str__(self) -> str:
        return f"{self.role} on {self.profile}/{self.model}"


Past = Mapping[Kind, Sequence[float]]
"""US dollars that each past node of a kind took, all its attempts together."""


def past(runs: Iterable[RunSummary]) -> Past:
    """What the nodes of these runs took; those whose money is not known tell nothing."""
    found: defaultdict[Kind, list[float]] = defaultdict(list)
    for run in runs:
        for node in run.nodes if not run.simulated else ():
            if node.requests and node.usd is not None and node.status in ("passed", "failed"):
                found[Kind(node.role, node.profile, node.model)].append(node.usd)
    return found


def expected(plan: Plan, known: Past) -> Expected | None:
    """The interval for all nodes that are paid with money; None where there are none."""
    kinds = [_kind(node) for node in _paid(plan)]
    if not kinds:
        return None
    samples = min(len(known.get(kind, ())) for kind in kinds)
    if samples < ENOUGH:
        few = dict.fromkeys(str(kind) for kind in kinds if len(known.get(kind, ())) < ENOUGH)
        return Expected(low_usd=None, high_usd=None, samples=samples, unknown=tuple(few))
    low, high = (round(sum(_quantile(known[kind], share) for kind in kinds), 6) for share in (LOW, HIGH))
    limit = plan.worst_usd
    if limit is not None:
        low, high = min(low, limit), min(high, limit)
    return Expected(low_usd=low, high_usd=high, samples=samples)


def _paid(plan: Plan) -> Iterator[PlanNode]:
    return (node for node in plan.nodes if plan.worker != "simulated" and not plan.is_covered(node))


def _kind(node: PlanNode) -> Kind:
    return Kind(node.role.name, node.route.profile, node.route.model)


def _quantile(amounts: Sequence[float], share: float) -> float:
    """The amount below which this share of them lies, between neighbours in proportion."""
    ordered = sorted(amounts)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
