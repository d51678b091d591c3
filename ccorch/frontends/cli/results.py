"""Runs on the screen: the answers first, then what they cost and where the evidence lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli import handoffs
from ccorch.frontends.cli.amounts import moment, money, span, tokens
from ccorch.frontends.cli.layout import columns, table, wrapped
from ccorch.frontends.cli.screen import Screen, Style
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.runs import Answer, CostReply, ListReply, Row, ShowReply
    from ccorch.schema.summary import NodeSummary
    from ccorch.views.cost import CostRow

COLOURS: dict[str, Style] = {
    "done": "green",
    "passed": "green",
    "failed": "red",
    "timed_out": "red",
    "cancelled": "yellow",
    "recovering": "yellow",
    "running": "cyan",
}
"""Colour by state."""

MOST_NODES = 60
"""Nodes that are listed one by one."""

SIMULATED = "simulated: no worker ran, nothing was used or paid"
SCRIPTED = "scripted model: the answers come from a script, not from a model"


def run(reply: ShowReply, screen: Screen) -> Iterator[str]:
    """One run."""
    yield _title(reply, screen)
    if reply.summary.simulated:
        yield screen.styled(SIMULATED, "yellow")
    elif reply.scripted:
        yield screen.styled(SCRIPTED, "yellow")
    if reply.answers:
        yield ""
        yield from _answers(reply, screen)
    else:
        yield ""
    yield from _trouble(reply, screen)
    yield from _nodes(reply.summary.nodes, screen)
    if not reply.summary.simulated:
        limit = "" if reply.summary.limit_usd is None else f" of at most {money(reply.summary.limit_usd)}"
        yield f"cost: {_use(reply.summary.nodes)} · {money(reply.summary.usd)}{limit}"
    yield f"artifacts: {line(reply.folder)}"


def cost(reply: CostReply, screen: Screen) -> Iterator[str]:
    """Tokens and money."""
    view = reply.cost
    yield screen.styled(f"run {reply.run_id}", "bold") + f" {screen.styled(reply.status, *_colour(reply.status))}"
    if view.simulated:
        yield screen.styled(SIMULATED, "yellow")
    heads = ("", "requests", "tokens in", "tokens out", "money", "")
    yield from table(heads, [_cost(row) for row in (*view.by_node[:MOST_NODES], view.total)], screen.width)
    yield ""
    yield from table(("by model", *heads[1:]), [_cost(row) for row in view.by_model], screen.width)
    yield f"limit of the run: {'none' if reply.limit_usd is None else money(reply.limit_usd)}"


def listing(reply: ListReply, screen: Screen) -> Iterator[str]:
    """Runs, newest first."""
    if reply.runs:
        heads = ("run", "state", "begun", "nodes", "money", "roles", "task")
        lines = table(heads, [_run(row) for row in reply.runs], screen.width, gives="task")
        yield screen.styled(lines[0], "dim")
        yield from lines[1:]
    else:
        yield "no runs yet; `ccorch role=review task=…` makes one"
    if reply.note:
        yield f"! {line(reply.note)}"


def _title(reply: ShowReply, screen: Screen) -> str:
    nodes, found = reply.summary.nodes, reply.summary
    passed = sum(node.status == "passed" for node in nodes)
    took = f" · {span(found.ended_at - found.submitted_at)}" if found.ended_at and found.submitted_at else ""
    state = screen.styled(reply.status, *_colour(reply.status))
    return f"{screen.styled(f'run {reply.run_id}', 'bold')} {state} · {passed}/{len(nodes)} nodes passed{took}"


def _answers(reply: ShowReply, screen: Screen) -> Iterator[str]:
    nodes = {node.id: node for node in reply.summary.nodes}
    lanes = list(dict.fromkeys(nodes[answer.node].lane for answer in reply.answers))
    if len(lanes) > 1 and screen.live:
        room = max((screen.width - 2 * (len(lanes) - 1)) // len(lanes), 20)
        blocks = [
            [text for each in reply.answers if nodes[each.node].lane == lane for text in _answer(each, nodes, room)]
            for lane in lanes
        ]
        yield from columns(blocks, screen.width)
        return
    for each in reply.answers:
        title, *rest = _answer(each, nodes, screen.width)
        yield screen.styled(title, "bold")
        yield from rest


def _answer(answer: Answer, nodes: dict[str, NodeSummary], width: int) -> Iterator[str]:
    node = nodes[answer.node]
    yield f"── {answer.node} · {node.role} · {node.outcome or node.status}"
    if answer.handoff is not None:
        yield from handoffs.lines(answer.handoff, width)
    elif answer.text:
        yield from wrapped(answer.text, width)
    else:
        yield "(no answer)"
    if answer.truncated:
        yield f"… cut here; all of it: {line(answer.folder)}/answer.md"
    yield ""


def _trouble(reply: ShowReply, screen: Screen) -> Iterator[str]:
    for node in reply.summary.nodes:
        if node.status in ("failed", "skipped"):
            yield screen.styled(f"{node.id} {node.status}: {_ending(node)}", "red")
    for found in reply.summary.findings:
        place = f" {found.node}" if found.node else ""
        yield screen.styled(f"{found.severity}{place} {found.code}: {line(found.message)}", "yellow")
    for warning in reply.summary.warnings:
        yield screen.styled(f"! {line(warning)}", "yellow")


def _ending(node: NodeSummary) -> str:
    said = [part for part in (node.outcome, line(node.reason)) if part]
    return ": ".join(said) or "no reason given"


def _nodes(nodes: tuple[NodeSummary, ...], screen: Screen) -> Iterator[str]:
    heads = ("node", "state", "profile/model", "tokens", "money", "time", "tools", "doing")
    shown = [_node(node) for node in nodes[:MOST_NODES]]
    # a column that says nothing only takes room
    kept = [place for place in range(len(heads)) if place < 6 or any(row[place] for row in shown)]
    rows = [[row[place] for place in kept] for row in ([*heads], *shown)]
    lines = table(rows[0], rows[1:], screen.width, gives="doing")
    yield screen.styled(lines[0], "dim")
    yield from lines[1:]
    if len(nodes) > MOST_NODES:
        yield f"… and {len(nodes) - MOST_NODES} more (--json lists all)"


def _node(node: NodeSummary) -> tuple[str, ...]:
    again = f" ({node.attempt})" if node.attempt > 1 else ""
    served = ", ".join(node.served) or node.model
    took = span(node.ended_at - node.started_at) if node.ended_at and node.started_at else "-"
    known = node.input_tokens is not None and node.output_tokens is not None
    used = tokens((node.input_tokens or 0) + (node.output_tokens or 0)) if known else "unknown"
    about = "" if node.exact else "~"
    calls = " ".join(f"{name}×{count}" for name, count in node.tools.items())
    return (
        node.id,
        (node.outcome or node.status) + again,
        f"{node.profile}/{served}",
        about + used,
        about + money(node.usd),
        took,
        calls,
        node.doing,
    )


def _use(nodes: tuple[NodeSummary, ...]) -> str:
    requests = sum(node.requests for node in nodes)
    into = [node.input_tokens for node in nodes]
    out = [node.output_tokens for node in nodes]
    if None in into or None in out:
        return f"{requests} request(s), tokens unknown"
    return (
        f"{requests} request(s), {tokens(sum(filter(None, into)))} tokens in, {tokens(sum(filter(None, out)))} out"
    )


def _cost(row: CostRow) -> tuple[str, ...]:
    estimated = f"{row.estimated} estimated" if row.estimated else ""
    return (
        row.name,
        str(row.requests),
        tokens(row.input_tokens),
        tokens(row.output_tokens),
        money(row.usd),
        estimated,
    )


def _run(row: Row) -> tuple[str, ...]:
    paid = "simulated" if row.simulated else money(row.usd)
    label = f"[{row.label}] " if row.label else ""
    nodes = f"{row.passed}/{row.nodes}"
    return (row.run_id, row.status, moment(row.submitted_at), nodes, paid, row.roles, label + row.task)


def _colour(status: str) -> tuple[Style, ...]:
    return (COLOURS[status],) if status in COLOURS else ()
