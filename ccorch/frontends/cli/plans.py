"""Plans on the screen: every node with its route, and the most that all of it can cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.amounts import money, span
from ccorch.frontends.cli.layout import table, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.plans import DiffReply, PlannedNode, PlanReply

MOST_NODES = 60
"""Nodes that are listed one by one."""


def plan(reply: PlanReply, screen: Screen) -> Iterator[str]:
    """The plan: nodes, worst case, warnings."""
    yield screen.styled(f"plan {reply.plan_id[:12]}", "bold") + f" · {_nodes(reply)}"
    yield from wrapped(f"task: {line(reply.task)}", screen.width)
    yield ""
    rows = [_row(node, reply.usd_per_run) for node in reply.nodes[:MOST_NODES]]
    heads = ("node", "role", "profile/model", "why", "needs", "worst", "at most")
    yield from _headed(table(heads, rows, screen.room, "why", ("at most", "why", "needs", "role")), screen)
    if len(reply.nodes) > MOST_NODES:
        yield f"… and {len(reply.nodes) - MOST_NODES} more (--json lists all)"
    yield ""
    limit = "no limit for this run" if reply.usd_per_run is None else f"limit {money(reply.usd_per_run)}"
    worst = "unknown, nothing bounds it" if reply.worst_usd is None else money(reply.worst_usd)
    yield f"worst case in all: {worst} ({limit}{_unlimited(reply)})"
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
        yield from wrapped(str(found), screen.width)


def _headed(lines: list[str], screen: Screen) -> Iterator[str]:
    yield screen.styled(lines[0], "dim")
    yield from lines[1:]


def _nodes(reply: PlanReply) -> str:
    count = len(reply.nodes)
    if count == 1:
        return "1 node"
    return f"{count} nodes in {len(reply.batches)} layer(s), at most {reply.max_concurrent} at once"


def _unlimited(reply: PlanReply) -> str:
    """What all nodes together could cost by their turns, where the limit is what holds them back."""
    known = [node.worst_usd for node in reply.nodes if node.worst_usd is not None]
    if reply.usd_per_run is None or len(known) < len(reply.nodes) or sum(known) <= reply.usd_per_run:
        return ""
    return f"; without it up to {money(sum(known))}"


def _worst(usd: float | None, limit: float | None) -> str:
    return f"≤ {money(limit)}" if usd is not None and limit is not None and usd > limit else money(usd)


def _row(node: PlannedNode, limit: float | None) -> tuple[str, ...]:
    return (
        node.id,
        node.role + (" (writes)" if node.writes else ""),
        f"{node.profile}/{node.model}",
        node.reason,
        ", ".join(node.needs) or "-",
        _worst(node.worst_usd, limit),
        f"{node.max_turns} turns, {span(node.timeout_seconds)}",
    )
