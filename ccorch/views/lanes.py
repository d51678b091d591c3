"""The lanes of a sweep side by side: who passed, how long it took and what it cost."""

from collections.abc import Sequence

from ccorch.schema.base import Many, Value
from ccorch.schema.plan import Plan
from ccorch.schema.summary import Covered, NodeSummary
from ccorch.views.money import together
from ccorch.views.summary import plus


class LaneRow(Value):
    """One lane."""

    lane: str | None
    """Its name; null for the nodes of no lane."""
    models: Many[str]
    """Planned routes as profile/model, in order."""
    served: Many[str]
    """Models that answered, in order."""
    nodes: int
    """How many nodes it has."""
    passed: int
    """How many of them passed."""
    failed: int
    """How many of them failed or were skipped."""
    input_tokens: int | None
    """Input tokens; null when part of them is unknown."""
    output_tokens: int | None
    """Output tokens; null when part of them is unknown."""
    usd: float | None
    """Money; null when part of it is unknown or a subscription pays for all."""
    plan: Covered | None = None
    """How much of it a subscription pays for; null is nothing."""
    exact: bool
    """Whether every figure is the provider's own."""
    tools: int
    """Tool calls."""
    seconds: float | None
    """From its first start to its last end; null while it is not over or before it began."""


class LanesView(Value):
    """A run's lanes."""

    simulated: bool
    """Whether no worker ran."""
    lanes: Many[LaneRow]
    """Each lane, in declared order."""


def side_by_side(plan: Plan, nodes: Sequence[NodeSummary]) -> LanesView:
    """The lanes that these nodes make."""
    grouped: dict[str | None, list[NodeSummary]] = {}
    for node in nodes:
        grouped.setdefault(node.lane, []).append(node)
    rows = tuple(_row(lane, members) for lane, members in grouped.items())
    return LanesView(simulated=plan.worker == "simulated", lanes=rows)


def _row(lane: str | None, nodes: Sequence[NodeSummary]) -> LaneRow:
    tokens_in: int | None = 0
    tokens_out: int | None = 0
    for node in nodes:
        tokens_in, tokens_out = plus(tokens_in, node.input_tokens), plus(tokens_out, node.output_tokens)
    money = together(nodes)
    return LaneRow(
        lane=lane,
        models=tuple(dict.fromkeys(f"{node.profile}/{node.model}" for node in nodes)),
        served=tuple(dict.fromkeys(model for node in nodes for model in node.served)),
        nodes=len(nodes),
        passed=sum(node.status == "passed" for node in nodes),
        failed=sum(node.status in ("failed", "skipped") for node in nodes),
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        usd=money.usd,
        plan=money.plan,
        exact=all(node.exact for node in nodes),
        tools=sum(sum(node.tools.values()) for node in nodes),
        seconds=_seconds(nodes),
    )


def _seconds(nodes: Sequence[NodeSummary]) -> float | None:
    if any(node.status in ("waiting", "running") for node in nodes):
        return None
    begins = [node.started_at for node in nodes if node.started_at is not None]
    ends = [node.ended_at for node in nodes if node.ended_at is not None]
    return round(max(ends) - min(begins), 3) if begins and ends else None
