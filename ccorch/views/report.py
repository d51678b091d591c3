"""A run's whole story: what was done again and why, who decided what, and what counts for nothing."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ccorch.rules.amounts import money, number, paid, size, some, span, tokens
from ccorch.schema.artifacts import Left
from ccorch.schema.decision import Decision
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
from ccorch.views.charts import Bar, Kind, Span, bars, spans
from ccorch.views.cost import cost
from ccorch.views.document import Heading, Part, Picture, Points, Table, Words, short
from ccorch.views.money import Money, together
from ccorch.views.summary import Fold, plus
from ccorch.views.timeline import words

TRAIL = (
    *(Submitted, Ended, Skipped, Omitted, Reopened, RepairAsked, Answered, Steered, CommandRan),
    *(PauseAsked, ResumeAsked, StopAsked, Finished),
)
"""Events by which the story goes on."""

MOST_FILES = 40
"""Files of one writer that are named."""


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
    decisions: Sequence[Decision] = ()
    works: Sequence["Work"] = ()
    """What each writer left behind."""
    artifacts: Left | None = None
    """What lies in the run's folder; null while it is not over."""


@dataclass(frozen=True)
class Work:
    """What a writer left behind in its worktree."""

    node: str
    source: tuple[str, ...]
    """Files of the project that it changed."""
    left: tuple[str, ...]
    """Files that are in no commit: what git ignores, and what lies in submodules."""


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


def report(story: Story) -> tuple[Part, ...]:
    """The parts of a run's report."""
    fold = Fold(story.plan)
    for event in story.events:
        fold.apply(event)
    summary, tries = fold.summary(), attempts(story.events)
    parts = (
        _head(story, summary, tries),
        _verdict(story.verdict),
        _nodes(summary, tries),
        _cost(story),
        _gates(story),
        _attempts(story.plan, tries, story.events),
        _files(story),
        _noticed(summary),
        _team(story.team),
        _handed_over(story.handoffs),
        _decided(story.decisions),
        _trail(story.events),
    )
    return tuple(one for part in parts for one in part)


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


def _head(story: Story, summary: RunSummary, tries: Sequence[Try]) -> Iterator[Part]:
    yield Heading(f"Run {story.run}: {story.status}", 1)
    yield Points(tuple(_facts(story, summary, tries)))


def _facts(story: Story, summary: RunSummary, tries: Sequence[Try]) -> Iterator[str]:
    yield f"task: {short(story.plan.task, 400)}"
    yield f"project: {story.project}"
    yield f"plan: {story.plan.sha256[:12]}"
    if summary.submitted_at is not None:
        over = f", over after {span(summary.ended_at - summary.submitted_at)}" if summary.ended_at else ""
        yield f"begun {moment(summary.submitted_at)} UTC{over}"
    if summary.simulated:
        yield "simulated: no worker ran, nothing was used or paid"
        return
    stale = [one for one in tries if one.stale]
    limit = "" if summary.limit_usd is None else f" of at most {money(summary.limit_usd)}"
    yield f"money: {paid(summary.usd, summary.plan)}{limit}"
    if stale:
        counts = together(one for one in tries if not one.stale)
        lost, kept = together(stale), paid(counts.usd, counts.plan)
        yield f"of it for what counts: {kept}; for what was set back: {paid(lost.usd, lost.plan)}"


def _verdict(verdict: Verdict | None) -> Iterator[Part]:
    yield Heading("Verdict")
    if verdict is None:
        yield Words("Not judged: the run is not over.")
        return
    yield Words(verdict.judgement, strong=True)
    if verdict.at is None:
        yield Words("Written when the run ended, by its own facts; nobody has verified it yet: ccorch verify does.")
    yield Table(("check", "judgement", "why"), tuple((c.name, c.judgement, c.reason) for c in verdict.checks))


def _nodes(summary: RunSummary, tries: Sequence[Try]) -> Iterator[Part]:
    yield Heading("Nodes")
    rows = []
    for node in summary.nodes:
        state = node.status if node.outcome in (None, "done") else f"{node.status} ({node.outcome})"
        stale = sum(1 for one in tries if one.node == node.id and one.stale)
        times = f"{node.attempt}" + (f", {stale} of them stale" if stale else "")
        route = f"{node.profile}/{node.route}"
        rows.append((node.id, node.role, state, times, route, paid(node.usd, node.plan), node.reason))
    yield Table(("node", "role", "state", "attempts", "route", "money", "why"), tuple(rows))


def _cost(story: Story) -> Iterator[Part]:
    """What each model used."""
    view = cost(story.plan, story.events)
    if view.simulated or not view.total.requests:
        return
    yield Heading("Cost by model")
    drawn = [Bar(row.name, row.usd or 0.0, paid(row.usd, row.plan)) for row in view.by_model]
    yield Picture(bars(drawn), "Money by the model that answered.")
    rows = tuple(
        (row.name, str(row.requests), tokens(row.input_tokens), tokens(row.output_tokens), paid(row.usd, row.plan))
        for row in (*view.by_model, view.total)
    )
    yield Table(("model", "requests", "tokens in", "tokens out", "money"), rows)


def _gates(story: Story) -> Iterator[Part]:
    gates = {gate.id: gate for gate in story.plan.gates}
    if not gates:
        return
    yield Heading("Gates")
    rows = []
    for event in story.events:
        match event:
            case Ended(node=node, attempt=attempt, passed=passed, reason=reason) if node in gates:
                said = "passed" if passed else "did not pass"
                rows.append((node, str(attempt), said, reason, _asks(gates[node])))
    yield Table(("gate", "time", "said", "because", "asks"), tuple(rows))
    waiting = [gate for gate in gates if gate not in {row[0] for row in rows}]
    if waiting:
        yield Words(f"Not judged: {', '.join(waiting)}.")


def _asks(gate: PlanGate) -> str:
    return " and ".join(gate.pass_when) or (gate.approval.question if gate.approval else "nothing")


def _attempts(plan: Plan, tries: Sequence[Try], events: Sequence[Event]) -> Iterator[Part]:
    """Every attempt of a worker, with who set it back."""
    mine = [one for one in tries if one.node in plan.by_id]
    if not mine:
        return
    yield Heading("Attempts")
    begun, now = events[0].at, events[-1].at
    drawn = [_drawn(one, begun, now) for one in mine]
    yield Picture(
        spans(drawn), "When each attempt was at work: green passed, red did not, pale was set back or is not over."
    )
    rows = []
    for one in mine:
        took = span(one.ended.at - one.started_at) if one.ended else "-"
        ended = one.ended.word if one.ended else "at work"
        counts = f"stale: set back by {one.stale}" if one.stale else "counts"
        used = tokens(one.tokens)
        rows.append((one.node, str(one.attempt), ended, took, used, paid(one.usd, one.plan), counts))
    yield Table(("node", "attempt", "ended", "took", "tokens", "money", "evidence"), tuple(rows))


def _drawn(one: Try, begun: float, now: float) -> Span:
    passed = one.ended is not None and one.ended.passed
    kind: Kind = "still" if one.stale or one.ended is None else "good" if passed else "bad"
    end = one.ended.at if one.ended else now
    said = f"{one.node}, attempt {one.attempt}: {one.ended.word if one.ended else 'at work'}"
    return Span(one.node, max(one.started_at - begun, 0.0), max(end - begun, 0.0), kind, said)


def _files(story: Story) -> Iterator[Part]:
    """The project's own files apart from those of the run."""
    if not story.works and story.artifacts is None:
        return
    yield Heading("Files")
    said = [f"source changed by {one.node}: {some(one.source, MOST_FILES)}" for one in story.works]
    said += [
        f"left beside it by {one.node}, in no commit: {some(one.left, MOST_FILES)}"
        for one in story.works
        if one.left
    ]
    if story.artifacts is not None:
        left = f"{number(story.artifacts.files, 'file')}, {size(story.artifacts.bytes)}"
        said.append(f"artifacts in the run's folder: {left}; ccorch artifact ls lists them")
    yield Points(tuple(said))


def _noticed(summary: RunSummary) -> Iterator[Part]:
    found = [
        f"{one.severity}{', blocking' if one.blocking else ''} {one.code}"
        f"{f' in {one.node}' if one.node else ''}: {one.message}"
        for one in summary.findings
    ]
    for title, lines in (("Noticed by rules", found), ("Warnings", summary.warnings)):
        if lines:
            yield Heading(title)
            yield Points(tuple(lines))


def _team(team: TeamView | None) -> Iterator[Part]:
    if team is not None:
        yield Heading("Side by side")
        yield from side_by_side(team)


def side_by_side(team: TeamView) -> Iterator[Part]:
    """What nodes say that started from the same."""
    for title, group in (("Agreement", team.agreements), ("Conflict", team.conflicts)):
        for one in group:
            yield Words(f"{title}: {one.about}")
            yield Points(tuple(f"{said.node}: {said.says}" for said in one.sayings))
    if team.questions:
        yield Points(tuple(f"Open, by {said.node}: {said.says}" for said in team.questions))
    for tally in team.tallies:
        counts = ", ".join(f"{votes} {vote}" for vote, votes in tally.counts.items())
        tie = ", a tie" if tally.is_tie else ""
        passes = "passes" if tally.passes else "does not pass"
        yield Words(f"Votes of {tally.gate} ({tally.rule}): {counts}{tie}; {passes}")


def _handed_over(handoffs: Mapping[str, Any]) -> Iterator[Part]:
    if not handoffs:
        return
    yield Heading("Handoffs that count")
    for node, handoff in handoffs.items():
        said = handoff if isinstance(handoff, dict) else {}
        yield Heading(f"{node}: {said.get('status', 'unknown')}", 3)
        yield Words(str(said.get("summary", json.dumps(handoff))))
        issues = said.get("blocking_issues")
        if isinstance(issues, list) and issues:
            yield Points(tuple(f"blocking: {_issue(one)}" for one in issues))


def _issue(issue: Any) -> str:
    told = issue if isinstance(issue, dict) else {"title": issue}
    return " — ".join(str(told[name]) for name in ("title", "detail") if told.get(name))


def _decided(decisions: Sequence[Decision]) -> Iterator[Part]:
    if not decisions:
        return
    yield Heading("Decisions")
    rows = (
        (moment(one.at), one.decision, named(one.by, one.who), one.into or "-", one.reason) for one in decisions
    )
    yield Table(("at", "decision", "by", "into", "why"), tuple(rows))


def _trail(events: Sequence[Event]) -> Iterator[Part]:
    yield Heading("What happened")
    rows = []
    for event in events:
        if isinstance(event, TRAIL):
            node = getattr(event, "node", None) or "-"
            rows.append((str(event.seq), moment(event.at)[11:], node, words(event)))
    yield Table(("event", "at", "node", "what"), tuple(rows))


def moment(at: float) -> str:
    """The day and the time, of Greenwich, so that a report says the same everywhere."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
