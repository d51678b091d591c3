"""Plans on the screen: every node with its route, and the most that all of it can cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import table, wrapped
from ccorch.frontends.cli.routing import fallbacks
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.amounts import money, paid, span, times
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.planned import PlannedGate, PlannedNode
    from ccorch.operations.plans import DiffReply, PlanReply
    from ccorch.schema.forecast import Expected

MOST_NODES = 60
"""Nodes that are listed one by one."""

MOST_PATH = 12
"""Nodes of a chain that are named."""


def plan(reply: PlanReply, screen: Screen) -> Iterator[str]:
    """The plan: nodes, worst case, warnings."""
    yield from screen.titled(f"plan {reply.plan_id[:12]}", f" · {_nodes(reply)}", "bold")
    yield from wrapped(f"task: {line(reply.task)}", screen.width)
    yield ""
    for path in reply.outside:
        yield screen.styled(f"outside the write scope: {line(path)}", "red")
    rows = [_row(node, reply.usd_per_run) for node in reply.nodes[:MOST_NODES]]
    heads = ("node", "role", "profile/model", "why", "needs", "worst", "at most")
    yield from _headed(table(heads, rows, screen.room, "why", ("at most", "why", "needs", "role")), screen)
    if len(reply.nodes) > MOST_NODES:
        yield f"… and {len(reply.nodes) - MOST_NODES} more (--json lists all)"
    for node in reply.nodes[:MOST_NODES]:
        for text in fallbacks(node.id, node.fallbacks, reply.usd_per_run):
            yield from wrapped(text, screen.width)
    for gate in reply.gates[:MOST_NODES]:
        yield from wrapped(_gate(gate), screen.width, "  ")
    if len(reply.batches) > 1:
        path = " → ".join(reply.critical_path[:MOST_PATH]) + (
            " → …" if len(reply.critical_path) > MOST_PATH else ""
        )
        yield from wrapped(_shape(reply), screen.width, "  ")
        yield from wrapped(f"longest chain: {path} (at most {span(reply.critical_seconds)})", screen.width, "  ")
    yield ""
    limit = "no limit for this run" if reply.usd_per_run is None else f"limit {money(reply.usd_per_run)}"
    is_unknown = reply.worst_usd is None and reply.plan != "all"
    nothing = "nothing bounds it" if reply.usd_per_run is None else "no limit holds a model without a price"
    worst = f"unknown, {nothing}" if is_unknown else paid(reply.worst_usd, reply.plan)
    yield from screen.told(f"worst case in all: {worst} ({limit}{_unlimited(reply)})")
    if reply.expected is not None:
        yield from wrapped(f"expected: {_expected(reply.expected)}", screen.width, "  ")
    for warning in reply.warnings:
        for text in wrapped(f"! {warning}", screen.width):
            yield screen.styled(text, "yellow")
    if reply.out:
        yield f"written to {line(reply.out)}; run exactly this with `ccorch run --plan {line(reply.out)}`"


def difference(reply: DiffReply, screen: Screen) -> Iterator[str]:
    """How two plans differ."""
    if reply.equal:
        yield "the plans are the same"
    for found in reply.differences:
        yield from wrapped(line(str(found)), screen.width, "  ")


def _gate(gate: PlannedGate) -> str:
    """A gate in a sentence: what it asks, of what, and what follows when it does not pass."""
    asks = [f"passes when {' and '.join(gate.pass_when)}"] if gate.pass_when else []
    if gate.question is not None:
        late = f", {gate.default} after {span(gate.deadline_seconds)}" if gate.deadline_seconds else ""
        asks.append(f"asks {line(gate.question)!r} ({' or '.join(gate.choices)}{late})")
    again = f"; else {gate.reopens} is done again, {times(gate.most_reopenings)} at most" if gate.reopens else ""
    return f"gate {gate.id} after {', '.join(gate.needs)}: {'; '.join(asks)}{again}"


def _shape(reply: PlanReply) -> str:
    """How large the plan is, and where it is widest."""
    one = reply.shape
    return (
        f"{one.vertices} nodes and gates in all; {one.waits} needs {one.fan_in}, the most, "
        f"and {one.awaited} is needed by {one.fan_out}, the most"
    )


def _headed(lines: list[str], screen: Screen) -> Iterator[str]:
    yield screen.styled(lines[0], "dim")
    yield from lines[1:]


def _nodes(reply: PlanReply) -> str:
    count, gates = len(reply.nodes), len(reply.gates)
    if count == 1 and not gates:
        return "1 node"
    judged = f" and {gates} gate{'s' * (gates > 1)}" if gates else ""
    return f"{count} nodes{judged} in {len(reply.batches)} layer(s), at most {reply.max_concurrent} at once"


def _unlimited(reply: PlanReply) -> str:
    """What all nodes together could cost by their turns, where the limit is what holds them back."""
    priced = [node for node in reply.nodes if not node.plan]
    known = [worst for node in priced if (worst := _together(node)) is not None]
    if reply.usd_per_run is None or len(known) < len(priced) or sum(known) <= reply.usd_per_run:
        return ""
    return f"; without it up to {money(sum(known))}"


def _expected(probably: Expected) -> str:
    """The interval and what it is drawn from."""
    if probably.low_usd is None or probably.high_usd is None:
        few = ", ".join(probably.unknown)
        return f"unknown, too few past runs of {few} ({probably.samples} known)"
    between = f"{money(probably.low_usd)} to {money(probably.high_usd)}"
    return f"{between} (8 of 10 past runs of each role; {probably.samples} known of the rarest)"


def _worst(usd: float | None, limit: float | None) -> str:
    return f"≤ {money(limit)}" if usd is not None and limit is not None and usd > limit else money(usd)


def _smaller(*limits: float | None) -> float | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _together(node: PlannedNode) -> float | None:
    """The most that all attempts of a node can cost."""
    return None if node.worst_usd is None else _smaller(node.worst_usd * node.most_attempts, node.usd)


def _limits(node: PlannedNode) -> str:
    tokens = f", {node.tokens:,} tokens in all" if node.tokens is not None else ""
    return f"{node.max_turns} turns, {span(node.timeout_seconds)}{tokens}"


def _row(node: PlannedNode, limit: float | None) -> tuple[str, ...]:
    return (
        node.id,
        node.role + (" (writes)" if node.writes else ""),
        "no model" if node.commands else f"{node.profile}/{node.model}",
        f"runs {', '.join(node.commands)}" if node.commands else node.reason,
        ", ".join(node.needs) or "-",
        "plan" if node.plan else _worst(node.worst_usd, _smaller(node.usd, limit)),
        span(node.timeout_seconds) if node.commands else _limits(node),
    )
