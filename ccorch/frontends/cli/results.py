"""Runs on the screen: the answers first, then what they cost and where the evidence lies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from ccorch.frontends.cli import ahead, handoffs, team
from ccorch.frontends.cli.clock import moment
from ccorch.frontends.cli.feed import noted
from ccorch.frontends.cli.layout import MARGIN, clip, columns, cut, lane, quoted, table, wrapped
from ccorch.frontends.cli.parked import parked
from ccorch.frontends.cli.screen import Screen, Style
from ccorch.frontends.cli.steering import gates
from ccorch.rules.amounts import money, number, paid, size, span, tokens
from ccorch.rules.plain import line
from ccorch.schema.fact import named
from ccorch.schema.ids import short_id

if TYPE_CHECKING:
    from ccorch.operations.answers import Answer, Changed, Result
    from ccorch.operations.listing import ListReply
    from ccorch.operations.run_views import CostReply
    from ccorch.operations.runs import ShowReply
    from ccorch.schema.run_row import RunRow
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

MOST_FILES = 20
"""Changed files that are listed one by one."""

MOST_OF_FAILED = 12
"""Lines shown of the last answer of a node that failed."""

SIMULATED = "simulated: no worker ran, nothing was used or paid"
SCRIPTED = "scripted model: the answers come from a script, not from a model"

PROJECT = 16
"""Cells of a project's name in the list, so that a long one costs no run its money."""


def run(reply: ShowReply, screen: Screen) -> Iterator[str]:
    """One run."""
    yield from _title(reply, screen)
    if reply.summary.simulated:
        yield from screen.told(SIMULATED, "yellow")
    elif reply.scripted:
        yield from screen.told(SCRIPTED, "yellow")
    yield ""
    if reply.answers:
        yield from _answers(reply, screen)
    if reply.team is not None:
        yield from team.lines(reply.team, screen.width)
    for change in reply.changes:
        yield from _change(change, screen)
    if reply.result is not None and reply.node is None:
        yield from wrapped(_in_all(reply.result), screen.width)
    yield from _trouble(reply, screen)
    yield from parked(reply.summary, reply.run_id, screen)
    yield from _nodes(reply.summary.nodes, screen)
    yield from gates(reply.summary.gates, reply.run_id, screen)
    if reply.node is not None:
        yield from wrapped(f"route: {line(reply.summary.nodes[0].route_reason)}", screen.width)
    for note in reply.summary.notes:
        said = f"note {moment(note.at)} from {named(note.by, note.who)}: {line(noted(note.model_dump()))}"
        yield from wrapped(said, screen.width)
    if not reply.summary.simulated:
        of, limit = ("", reply.summary.limit_usd) if reply.node is None else (f" of {reply.node}", None)
        most = "" if limit is None else f" of at most {money(limit)}"
        spent = f"cost{of}: {_use(reply.summary.nodes)} · {paid(reply.summary.usd, reply.summary.plan)}{most}"
        yield from wrapped(spent, screen.room)
    kept = f" ({number(reply.artifacts.files, 'file')}, {size(reply.artifacts.bytes)})" if reply.artifacts else ""
    yield f"artifacts: {line(reply.folder)}{kept}"
    if reply.timeline is not None:
        yield ""
        yield from ahead.story(reply.timeline, reply.run_id, screen)
    if reply.next is not None:
        yield ""
        yield from ahead.step(reply.next, reply.run_id, screen)


def cost(reply: CostReply, screen: Screen) -> Iterator[str]:
    """Tokens and money."""
    view = reply.cost
    only = "" if reply.node is None else f" · node {reply.node} only"
    state = screen.styled(reply.status, *_colour(reply.status))
    yield screen.styled(f"run {reply.run_id}", "bold") + f" {state}{only}"
    if view.simulated:
        yield from screen.told(SIMULATED, "yellow")
    yield from _costs("", (*view.by_node[:MOST_NODES], view.total), screen)
    yield ""
    yield from _costs("by model", view.by_model, screen)
    yield f"limit of the run: {'none' if reply.limit_usd is None else money(reply.limit_usd)}"


def listing(reply: ListReply, screen: Screen) -> Iterator[str]:
    """Runs, newest first; the project only where there are several."""
    if reply.runs:
        several = len({row.project for row in reply.runs}) > 1
        heads = ("run", "state", "begun", "nodes", "money", "roles", *(("project",) if several else ()), "task")
        rows = [_run(row, several) for row in reply.runs]
        lines = cut(heads, rows, screen.room, "task", ("roles", "money", "nodes", "begun", "project", "task"))
        yield screen.styled(lines[0], "dim")
        yield from lines[1:]
        if reply.next_cursor is not None:
            screen.note(f"there are more; --cursor {reply.next_cursor} or a larger --limit goes on")
    elif reply.others:
        yield f"no such run; `ccorch list` without --label and --here shows {reply.others} more"
    else:
        yield "no runs yet; `ccorch role=review task=…` makes one"


def _title(reply: ShowReply, screen: Screen) -> Iterator[str]:
    name = f"run {reply.run_id} {reply.status}"
    head, *rest = screen.told(f"{name} · {_standing(reply)}")
    state = screen.styled(reply.status, *_colour(reply.status))
    yield f"{screen.styled(f'run {reply.run_id}', 'bold')} {state}{head.removeprefix(name)}"
    yield from rest


def _standing(reply: ShowReply) -> str:
    nodes, found = reply.summary.nodes, reply.summary
    if reply.node is not None:
        return f"node {reply.node}: {nodes[0].status}"
    passed = sum(node.status == "passed" for node in nodes)
    took = f" · {span(found.ended_at - found.submitted_at)}" if found.ended_at and found.submitted_at else ""
    return f"{passed}/{len(nodes)} nodes passed{took}"


def _in_all(result: Result) -> str:
    if result.commit is None:
        return f"! the run in all has no result: {line(result.problem or '')}"
    if result.commit == result.base:
        return "the run in all changed nothing"
    return f"the run in all: commit {result.commit[:12]} at {line(result.ref or '')}"


def _change(change: Changed, screen: Screen) -> Iterator[str]:
    count = len(change.files)
    stayed = "; your checkout is as it was" if change.checkout == () else ""
    head = f"{change.node} changed {number(count, 'file')} in a worktree{stayed}"
    yield from (screen.styled(text, "bold") for text in wrapped(head, screen.width))
    yield from (f"  {line(name)}" for name in change.files[:MOST_FILES])
    if count > MOST_FILES:
        yield f"  … and {count - MOST_FILES} more (--json lists all)"
    if change.left:
        left = line(", ".join(change.left[:MOST_FILES]))
        yield from wrapped(f"left beside them, in no commit: {left}", screen.width, "  ")
    if change.checkout:
        told = f"{', '.join(change.checkout[:MOST_FILES])}{' …' * (len(change.checkout) > MOST_FILES)}"
        meanwhile = f"meanwhile in your own checkout, whoever did it: {line(told)}"
        yield from (screen.styled(text, "yellow") for text in wrapped(meanwhile, screen.width, "  "))
    yield f"  take it  {line(change.apply)}"
    yield f"  patch    {line(change.patch)}"
    yield f"  commit   {change.commit[:12]} at {line(change.ref)}"
    yield ""


def _answers(reply: ShowReply, screen: Screen) -> Iterator[str]:
    nodes = {node.id: node for node in reply.summary.nodes}
    lanes = list(dict.fromkeys(nodes[answer.node].lane for answer in reply.answers))
    room = lane(len(lanes), screen.width)
    if len(lanes) > 1 and screen.live and room is not None:
        blocks = [
            [text for each in reply.answers if nodes[each.node].lane == name for text in _answer(each, nodes, room)]
            for name in lanes
        ]
        yield from columns(blocks, room)
        return
    for each in reply.answers:
        title, *rest = _answer(each, nodes, screen.width)
        yield screen.styled(title, "bold")
        yield from rest


def _answer(answer: Answer, nodes: dict[str, NodeSummary], width: int) -> Iterator[str]:
    node = nodes[answer.node]
    stale = " · set back, so this counts for nothing" if node.status == "waiting" else ""
    yield from wrapped(f"── {answer.node} · {node.role} · {node.word}{stale}", width)
    room = width - len(MARGIN)
    if answer.handoff is not None:
        yield from quoted(handoffs.lines(answer.handoff, room))
    elif answer.text:
        shown = list(wrapped(answer.text, room))
        most = MOST_OF_FAILED if node.status == "failed" else len(shown)
        yield from quoted(shown[:most])
        if len(shown) > most:
            yield f"… {len(shown) - most} more lines of an unfinished answer: {line(answer.folder)}/answer.md"
    else:
        yield "(no answer)"
    if answer.truncated and node.status != "failed":
        yield f"… cut here; all of it: {line(answer.folder)}/answer.md"
    yield ""


def _trouble(reply: ShowReply, screen: Screen) -> Iterator[str]:
    for node in reply.summary.nodes:
        if node.denied or node.outcome == "refused":
            yield from screen.told(_refused(node, short_id(reply.run_id)), "yellow")
        if node.status in ("failed", "skipped"):
            yield from screen.told(f"{node.id} {node.status}: {_ending(node)}", "red")
        if node.status == "waiting" and node.held:
            yield from screen.told(f"{node.id} waits: {line(node.held)}", "yellow")
    for found in reply.summary.findings:
        if found.code == "budget":
            continue  # the warnings below say more of it
        place = f" {found.node}" if found.node else ""
        yield from screen.told(f"{found.severity}{place} {found.code}: {line(found.message)}", "yellow")
    for warning in reply.summary.warnings:
        yield from screen.told(f"! {line(warning)}", "yellow")


def _refused(node: NodeSummary, run: str) -> str:
    """That tool calls were refused, how many, and of which tools where the worker's ending says so."""
    said = line(node.reason) if node.outcome == "refused" else ""
    tools = said.partition("refused tool call")[2].partition(": ")[2] or (said if not node.denied else "")
    calls = {0: "tool calls were", 1: "1 tool call was"}.get(node.denied, f"{node.denied} tool calls were")
    which = f": {tools}" if tools else ""
    return f"{node.id}: {calls} refused{which}; `ccorch show {run} --view log` tells why"


def _ending(node: NodeSummary) -> str:
    said = [part for part in (node.outcome if node.outcome != "done" else "", line(node.reason)) if part]
    return ": ".join(said) or "no reason given"


def _nodes(nodes: tuple[NodeSummary, ...], screen: Screen) -> Iterator[str]:
    heads = ("node", "state", "profile/model", "tokens", "money", "time", "tools", "doing")
    shown = [_node(node) for node in nodes[:MOST_NODES]]
    # a column that says nothing only takes room
    kept = [place for place in range(len(heads)) if place < 6 or any(row[place] for row in shown)]
    rows = [[row[place] for place in kept] for row in ([*heads], *shown)]
    gives = "doing" if "doing" in rows[0] else "tools"
    lines = cut(rows[0], rows[1:], screen.room, gives, ("tools", "profile/model", "doing", "tokens", "time"))
    yield screen.styled(lines[0], "dim")
    yield from lines[1:]
    if len(nodes) > MOST_NODES:
        yield f"… and {len(nodes) - MOST_NODES} more (--json lists all)"


def _node(node: NodeSummary) -> tuple[str, ...]:
    again = f" ({node.attempt})" if node.attempt > 1 else ""
    took = span(node.ended_at - node.started_at) if node.ended_at and node.started_at else "-"
    known = node.input_tokens is not None and node.output_tokens is not None
    used = tokens((node.input_tokens or 0) + (node.output_tokens or 0)) if known else "unknown"
    about = "" if node.exact else "~"
    calls = " ".join(f"{name}×{count}" for name, count in node.tools.items())
    return (
        node.id,
        node.word + again,
        f"{node.profile}/{node.route}",
        about + used,
        ("" if node.plan == "all" else about) + paid(node.usd, node.plan),
        took,
        calls,
        node.doing,
    )


def _use(nodes: tuple[NodeSummary, ...]) -> str:
    requests = sum(node.requests for node in nodes)
    asked = f"{requests} request{'s' * (requests != 1)}"
    into = [node.input_tokens for node in nodes]
    out = [node.output_tokens for node in nodes]
    if None in into or None in out:
        return f"{asked}, tokens unknown"
    return f"{asked}, {tokens(sum(filter(None, into)))} tokens in, {tokens(sum(filter(None, out)))} out"


def _costs(name: str, rows: tuple[CostRow, ...], screen: Screen) -> list[str]:
    heads = (name, "requests", "tokens in", "tokens out", "money", "basis")
    # a column that says nothing only takes room
    most = len(heads) if any(row.estimated for row in rows) else len(heads) - 1
    shown = [_cost(row)[:most] for row in rows]
    return table(heads[:most], shown, screen.room, drops=("basis", "requests", "tokens out", "tokens in"))


def _cost(row: CostRow) -> tuple[str, ...]:
    estimated = f"{row.estimated} estimated" if row.estimated else ""
    return (
        row.name,
        str(row.requests),
        tokens(row.input_tokens),
        tokens(row.output_tokens),
        paid(row.usd, row.plan),
        estimated,
    )


def _run(row: RunRow, with_project: bool) -> tuple[str, ...]:
    spent = "simulated" if row.simulated else paid(row.usd, row.plan)
    label = f"[{row.label}] " if row.label else ""
    nodes = f"{row.passed}/{row.nodes}"
    project = (clip(PurePath(row.project).name, PROJECT),) if with_project else ()
    return (row.run_id, row.status, moment(row.submitted_at), nodes, spent, row.roles, *project, label + row.task)


def _colour(status: str) -> tuple[Style, ...]:
    return (COLOURS[status],) if status in COLOURS else ()
