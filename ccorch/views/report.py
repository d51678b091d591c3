"""A run's whole story in Markdown: what was done again and why, who decided what, and what counts for nothing."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ccorch.rules.plain import line
from ccorch.schema.event import (
    Answered,
    CommandRan,
    Ended,
    Event,
    Finished,
    Metered,
    Omitted,
    PauseAsked,
    Reopened,
    RepairAsked,
    ResumeAsked,
    Skipped,
    Started,
    Steered,
    StopAsked,
    Submitted,
)
from ccorch.schema.fact import named
from ccorch.schema.plan import Plan, PlanGate
from ccorch.schema.summary import RunSummary
from ccorch.schema.team import TeamView
from ccorch.schema.verdict import Verdict
from ccorch.views.money import Money, together
from ccorch.views.summary import Fold, plus
from ccorch.views.timeline import words

MOST_ROWS = 400
"""Rows of a table that are written out."""

TRAIL = (
    *(Submitted, Ended, Skipped, Omitted, Reopened, RepairAsked, Answered, Steered, CommandRan),
    *(PauseAsked, ResumeAsked, StopAsked, Finished),
)
"""Events by which the story goes on."""


@dataclass(frozen=True)
class Story:
    """Everything that a report is written from."""

    run: str
    status: str
    project: str
    plan: Plan
    events: Sequence[Event]
    handoffs: Mapping[str, Any]
    """What counts now, by node."""
    verdict: Verdict | None
    team: TeamView | None


@dataclass
class Try:
    """One attempt of one node."""

    node: str
    attempt: int
    started_at: float
    ended: Ended | None = None
    requests: int = 0
    tokens: int | None = 0
    money: Money = field(default_factory=Money)
    stale: str = ""
    """Who set it back; empty while it counts."""

    @property
    def usd(self) -> float | None:
        """Money; null when part of it is unknown or a subscription pays for all."""
        return self.money.usd

    @property
    def plan(self) -> Any:
        """How much of it a subscription pays for."""
        return self.money.plan


def report(story: Story) -> str:
    """The Markdown of a run."""
    fold = Fold(story.plan)
    for event in story.events:
        fold.apply(event)
    summary, tries = fold.summary(), attempts(story.events)
    parts = (
        _head(story, summary, tries),
        _verdict(story.verdict),
        _nodes(summary, tries),
        _gates(story),
        _attempts(story.plan, tries),
        _noticed(summary),
        _team(story.team),
        _handed_over(story.handoffs),
        _trail(story.events),
    )
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


def attempts(events: Iterable[Event]) -> tuple[Try, ...]:
    """Every attempt in the order in which they began; those that were set back are stale."""
    found: dict[tuple[str, int], Try] = {}
    for event in events:
        match event:
            case Started(node=node, attempt=attempt):
                found[node, attempt] = Try(node, attempt, event.at)
            case Ended(node=node, attempt=attempt) if (node, attempt) in found:
                found[node, attempt].ended = event
            case Metered(node=node, attempt=attempt) if (node, attempt) in found:
                one = found[node, attempt]
                one.requests += 1
                one.tokens = plus(plus(one.tokens, event.input_tokens), event.output_tokens)
                one.money.add(event)
            case Reopened(nodes=nodes, by=by, who=who):
                for one in found.values():
                    if one.node in nodes and not one.stale:
                        one.stale = named(by, who)
    return tuple(found.values())


def _head(story: Story, summary: RunSummary, tries: Sequence[Try]) -> Iterator[str]:
    yield f"# Run {story.run}: {story.status}"
    yield ""
    yield f"- task: {_cell(story.plan.task, 400)}"
    yield f"- project: {_cell(story.project)}"
    yield f"- plan: {story.plan.sha256[:12]}"
    if summary.submitted_at is not None:
        over = f", over after {_span(summary.ended_at - summary.submitted_at)}" if summary.ended_at else ""
        yield f"- begun {_moment(summary.submitted_at)}{over}"
    if summary.simulated:
        yield "- simulated: no worker ran, nothing was used or paid"
        return
    stale = [one for one in tries if one.stale]
    limit = "" if summary.limit_usd is None else f" of at most ${summary.limit_usd:g}"
    yield f"- money: {_usd(summary.usd, summary.plan)}{limit}"
    if stale:
        counts = together(one for one in tries if not one.stale)
        lost, kept = together(stale), _usd(counts.usd, counts.plan)
        yield f"- of it for what counts: {kept}; for what was set back: {_usd(lost.usd, lost.plan)}"


def _verdict(verdict: Verdict | None) -> Iterator[str]:
    yield "## Verdict"
    yield ""
    if verdict is None:
        yield "Not judged: the run is not over."
        return
    yield f"**{verdict.judgement}**"
    yield ""
    yield from _table(("check", "judgement", "why"), [(c.name, c.judgement, c.reason) for c in verdict.checks])


def _nodes(summary: RunSummary, tries: Sequence[Try]) -> Iterator[str]:
    yield "## Nodes"
    yield ""
    rows = []
    for node in summary.nodes:
        state = node.status if node.outcome in (None, "done") else f"{node.status} ({node.outcome})"
        served = ", ".join(node.served) or node.model
        stale = sum(1 for one in tries if one.node == node.id and one.stale)
        times = f"{node.attempt}" + (f", {stale} of them stale" if stale else "")
        rows.append(
            (node.id, node.role, state, times, f"{node.profile}/{served}", _usd(node.usd, node.plan), node.reason)
        )
    yield from _table(("node", "role", "state", "attempts", "route", "money", "why"), rows)


def _gates(story: Story) -> Iterator[str]:
    gates = {gate.id: gate for gate in story.plan.gates}
    if not gates:
        return
    yield "## Gates"
    yield ""
    rows = []
    for event in story.events:
        match event:
            case Ended(node=node, attempt=attempt, passed=passed, reason=reason) if node in gates:
                rows.append(
                    (node, str(attempt), "passed" if passed else "did not pass", reason, _asks(gates[node]))
                )
    yield from _table(("gate", "time", "said", "because", "asks"), rows)
    waiting = [gate for gate in gates if gate not in {row[0] for row in rows}]
    if waiting:
        yield ""
        yield f"Not judged: {', '.join(waiting)}."


def _asks(gate: PlanGate) -> str:
    return " and ".join(gate.pass_when) or (gate.approval.question if gate.approval else "nothing")


def _attempts(plan: Plan, tries: Sequence[Try]) -> Iterator[str]:
    """Every attempt of a worker, with who set it back."""
    rows = []
    for one in tries:
        if one.node not in plan.by_id:
            continue
        took = _span(one.ended.at - one.started_at) if one.ended else "-"
        ended = one.ended.outcome if one.ended else "at work"
        counts = f"stale: set back by {one.stale}" if one.stale else "counts"
        used = "unknown" if one.tokens is None else str(one.tokens)
        rows.append((one.node, str(one.attempt), ended, took, used, _usd(one.usd, one.plan), counts))
    if rows:
        yield "## Attempts"
        yield ""
        yield from _table(("node", "attempt", "ended", "took", "tokens", "money", "evidence"), rows)


def _noticed(summary: RunSummary) -> Iterator[str]:
    if not summary.findings and not summary.warnings:
        return
    yield "## Findings and warnings"
    yield ""
    for found in summary.findings:
        where = f" in {found.node}" if found.node else ""
        yield f"- {found.severity} {_cell(found.code)}{where}: {_cell(found.message)}"
    for warning in summary.warnings:
        yield f"- {_cell(warning)}"


def _team(team: TeamView | None) -> Iterator[str]:
    if team is None:
        return
    yield "## Side by side"
    for title, group in (("Agreements", team.agreements), ("Conflicts", team.conflicts)):
        for one in group:
            yield ""
            yield f"{title[:-1]}: {_cell(one.about)}"
            yield from (f"- {_cell(said.node)}: {_cell(said.says)}" for said in one.sayings)
    for said in team.questions:
        yield ""
        yield f"Open, by {_cell(said.node)}: {_cell(said.says)}"
    for tally in team.tallies:
        counts = ", ".join(f"{count} {vote}" for vote, count in tally.counts.items())
        tie = ", a tie" if tally.is_tie else ""
        yield ""
        passes = "passes" if tally.passes else "does not pass"
        yield f"Votes of {tally.gate} ({tally.rule}): {counts}{tie}; {passes}"


def _handed_over(handoffs: Mapping[str, Any]) -> Iterator[str]:
    if not handoffs:
        return
    yield "## Handoffs that count"
    for node, handoff in handoffs.items():
        said = handoff if isinstance(handoff, dict) else {}
        yield ""
        yield f"### {_cell(node)}: {_cell(str(said.get('status', 'unknown')))}"
        yield ""
        yield _cell(str(said.get("summary", json.dumps(handoff))), 2000)
        for issue in said.get("blocking_issues") or ():
            yield f"- blocking: {_cell(str(issue.get('title')))} — {_cell(str(issue.get('detail')))}"


def _trail(events: Sequence[Event]) -> Iterator[str]:
    yield "## What happened"
    yield ""
    rows = []
    for event in events:
        if isinstance(event, TRAIL):
            node = getattr(event, "node", None) or "-"
            rows.append((str(event.seq), _moment(event.at)[11:], node, words(event)))
    yield from _table(("event", "at", "node", "what"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows[:MOST_ROWS]:
        yield f"| {' | '.join(_cell(text) or ' ' for text in row)} |"
    if len(rows) > MOST_ROWS:
        yield f"| … {len(rows) - MOST_ROWS} more |{' |' * (len(heads) - 1)}"


def _cell(text: str, most: int = 300) -> str:
    """A worker's text on one line, so that it stays text: no markup, no table, no link."""
    short = line(text)
    short = short if len(short) <= most else f"{short[: most - 1]}…"
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|!~" else letter for letter in short)


def _usd(usd: float | None, plan: str | None) -> str:
    if plan == "all":
        return "plan"
    said = "unknown" if usd is None else f"${usd:.4f}"
    return f"{said} + plan" if plan else said


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _span(seconds: float) -> str:
    whole = max(round(seconds), 0)
    return f"{max(seconds, 0):.1f} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"
