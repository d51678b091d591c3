"""Many runs side by side: what they took, by run and by model, what was noticed and decided, and what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ccorch.rules.amounts import number, paid, size, span, tokens
from ccorch.schema.artifacts import Left
from ccorch.schema.decision import Decision
from ccorch.schema.fact import named
from ccorch.schema.ids import short_id
from ccorch.schema.next_step import NextStep
from ccorch.schema.status import OVER, RunStatus
from ccorch.schema.summary import NodeSummary, RunSummary
from ccorch.schema.team import TeamView
from ccorch.views.charts import Bar, Kind, Span, bars, spans
from ccorch.views.document import Heading, Part, Picture, Points, Table, Words, short
from ccorch.views.money import Money
from ccorch.views.report import moment, side_by_side
from ccorch.views.summary import plus

STOPS = (
    *("budget_spent", "turns_spent", "output_spent", "quota_spent", "timed_out"),
    *("stalled", "no_progress", "stopped", "killed"),
)
"""How attempts end that something or somebody has stopped."""

SEVERITIES = ("low", "medium", "high", "critical")


@dataclass(frozen=True)
class Account:
    """A run as it is accounted for."""

    run: str
    status: RunStatus
    project: str
    workflow: str
    task: str
    summary: RunSummary
    bytes: int
    """Bytes of its log."""
    artifacts: Left | None = None
    """What lies in its folder; null while it is not over, or where nobody has looked."""
    step: NextStep | None = None
    """What is recommended; null where nobody has looked."""
    verdict: str | None = None
    decisions: tuple[Decision, ...] = ()
    team: TeamView | None = None
    changed: int | None = None
    """How many files of the project it changed in its worktrees; null where nobody has looked."""

    @property
    def blocking(self) -> int:
        """Findings that stand against acceptance."""
        return sum(one.blocking for one in self.summary.findings)

    @property
    def stale(self) -> int:
        """Attempts whose evidence counts for nothing: later ones came, or their work was set back."""
        nodes = self.summary.nodes
        return sum(max(node.attempt - 1, 0) + (node.status == "waiting" and node.attempt > 0) for node in nodes)

    @property
    def stops(self) -> int:
        """Nodes whose latest attempt was stopped."""
        return sum(node.outcome in STOPS for node in self.summary.nodes)

    @property
    def tokens(self) -> int | None:
        """Tokens of all nodes; null when part of them is unknown."""
        total: int | None = 0
        for node in self.summary.nodes:
            total = plus(plus(total, node.input_tokens), node.output_tokens)
        return total

    def took(self, now: float) -> float:
        """Seconds that it ran."""
        begun = self.summary.submitted_at or now
        return max((self.summary.ended_at or now) - begun, 0.0)


@dataclass
class _Model:
    runs: set[str] = field(default_factory=set)
    nodes: int = 0
    requests: int = 0
    into: int | None = 0
    out: int | None = 0
    money: Money = field(default_factory=Money)
    seconds: float = 0.0

    def add(self, run: str, node: NodeSummary) -> None:
        self.runs.add(run)
        self.nodes += 1
        self.requests += node.requests
        self.into, self.out = plus(self.into, node.input_tokens), plus(self.out, node.output_tokens)
        self.money.join(node)
        self.seconds += max((node.ended_at or 0.0) - (node.started_at or 0.0), 0.0) if node.ended_at else 0.0


def accounts(
    title: str, found: Sequence[Account], now: float, limit: int, due: bool, unsaid: int = 0
) -> tuple[Part, ...]:
    """The parts of a report about these runs, newest first; with `due` also what is recommended for each.

    `unsaid` is how many more may belong to them, because nobody knows their workflow.
    """
    if not found:
        return (Heading(title, 1), Words("No run fits."), *_unsaid(unsaid))
    parts = (
        _head(title, found, now),
        _unsaid(unsaid),
        _due(found, limit) if due else iter(()),
        _by_model(found),
        _runs(found, now, limit),
        _noticed(found),
        _decided(found, limit),
        _teams(found),
    )
    return tuple(one for part in parts for one in part)


def _head(title: str, found: Sequence[Account], now: float) -> Iterator[Part]:
    yield Heading(title, 1)
    states = Counter(one.status for one in found)
    money, used = Money(), [one.tokens for one in found]
    for node in (node for one in found for node in one.summary.nodes):
        money.join(node)
    known = sum(count for count in used if count is not None)
    severities = [one.severity for account in found for one in account.summary.findings]
    worst = max(severities, key=SEVERITIES.index, default="none")
    blocked = sum(one.blocking > 0 for one in found)
    begun = [one.summary.submitted_at for one in found if one.summary.submitted_at is not None]
    told = ", ".join(f"{times} {state}" for state, times in states.items())
    spent, written = span(sum(one.took(now) for one in found)), size(sum(one.bytes for one in found))
    yield Points(
        (
            f"{len(found)} run{'s' * (len(found) > 1)}: {told}",
            f"not over: {sum(one.status not in OVER for one in found)}",
            *([f"begun {moment(min(begun))} to {moment(max(begun))} UTC"] if begun else []),
            f"money: {paid(money.usd, money.plan)}",
            f"tokens: {'at least ' if None in used else ''}{tokens(known)}",
            f"time: {spent} in all; event logs: {written}",
            f"worst noticed by rules: {worst}; runs with something that blocks: {blocked}",
            f"attempts that were stopped: {sum(one.stops for one in found)}; "
            f"that count for nothing: {sum(one.stale for one in found)}",
        )
    )


def _unsaid(count: int) -> Iterator[Part]:
    if count:
        yield Words(f"{number(count, 'more run')} may fit: older plans do not say which workflow they are of.")


def _due(found: Sequence[Account], limit: int) -> Iterator[Part]:
    asking = [one for one in found if one.step is not None and one.step.action != "nothing"]
    asking.sort(key=lambda one: (one.step is None or not one.step.asks, -one.blocking))
    yield Heading("What is due")
    if not asking:
        yield Words("Nothing: every run was decided about, or was a rehearsal.")
        return
    rows = tuple(
        (short_id(one.run), one.step.action.replace("_", " "), one.step.reason, one.step.choices[0].command)
        for one in asking[:limit]
        if one.step is not None and one.step.choices
    )
    yield Table(("run", "do", "because", "with"), rows)


def _by_model(found: Sequence[Account]) -> Iterator[Part]:
    models: dict[str, _Model] = {}
    for one in found:
        if not one.summary.simulated:
            for node in one.summary.nodes:
                if node.requests:
                    name = " + ".join(node.served) or node.model
                    models.setdefault(name, _Model()).add(one.run, node)
    if not models:
        return
    ranked = sorted(models.items(), key=lambda pair: (-(pair[1].money.usd or 0.0), pair[0]))
    yield Heading("By model")
    drawn = [Bar(name, model.money.usd or 0.0, paid(model.money.usd, model.money.plan)) for name, model in ranked]
    yield Picture(bars(drawn), "Money by the models that answered in a node.")
    rows = tuple(
        (
            name,
            *(str(len(model.runs)), str(model.nodes), str(model.requests)),
            *(tokens(count) for count in (model.into, model.out)),
            paid(model.money.usd, model.money.plan),
            span(model.seconds),
        )
        for name, model in ranked
    )
    yield Table(("model", "runs", "nodes", "requests", "tokens in", "tokens out", "money", "at work"), rows)


def _runs(found: Sequence[Account], now: float, limit: int) -> Iterator[Part]:
    shown = found[:limit]
    yield Heading("Runs")
    first = min(one.summary.submitted_at or now for one in shown)
    drawn = [_drawn(one, first, now) for one in reversed(shown)]
    yield Picture(
        spans(drawn), "When each run was under way: green is done, red came to another end, pale is not over."
    )
    yield Table(
        ("run", "state", "workflow", "begun", "took", "nodes", "tokens", "money", "task"),
        tuple(_took(one, now) for one in shown),
    )
    yield Table(
        (
            "run",
            "source",
            "artifacts",
            "event log",
            "stops",
            "warnings",
            "blocking",
            "stale",
            "verdict",
            "decision",
        ),
        tuple(_told(one) for one in shown),
    )
    if len(found) > limit:
        yield Words(f"{len(found) - limit} older ones are counted above and not told one by one.")


def _took(one: Account, now: float) -> tuple[str, ...]:
    nodes = one.summary.nodes
    return (
        short_id(one.run),
        one.status,
        one.workflow or "unknown",
        moment(one.summary.submitted_at) if one.summary.submitted_at is not None else "-",
        span(one.took(now)),
        f"{sum(node.status == 'passed' for node in nodes)}/{len(nodes)}",
        tokens(one.tokens),
        "simulated" if one.summary.simulated else paid(one.summary.usd, one.summary.plan),
        short(one.task, 60),
    )


def _told(one: Account) -> tuple[str, ...]:
    return (
        short_id(one.run),
        "unknown" if one.changed is None else f"{one.changed} changed",
        "unknown"
        if one.artifacts is None
        else f"{number(one.artifacts.files, 'file')}, {size(one.artifacts.bytes)}",
        size(one.bytes),
        *(str(one.stops), str(len(one.summary.warnings)), str(one.blocking), str(one.stale)),
        one.verdict or "not verified",
        one.decisions[-1].decision.replace("_", " ") if one.decisions else "none",
    )


def _drawn(one: Account, first: float, now: float) -> Span:
    begun = (one.summary.submitted_at or first) - first
    kind: Kind = "still" if one.status not in OVER else "good" if one.status == "done" else "bad"
    name, start = short_id(one.run), max(begun, 0.0)
    return Span(name, start, start + one.took(now), kind, f"{name}: {one.status}")


def _noticed(found: Sequence[Account]) -> Iterator[Part]:
    seen = Counter[tuple[str, str, bool]]()
    runs: dict[tuple[str, str, bool], set[str]] = {}
    for one in found:
        for finding in one.summary.findings:
            key = (finding.code, finding.severity, finding.blocking)
            seen[key] += 1
            runs.setdefault(key, set()).add(short_id(one.run))
    if seen:
        yield Heading("Noticed by rules")
        rows = (
            (
                code,
                severity,
                "yes" if blocks else "no",
                str(times),
                ", ".join(sorted(runs[code, severity, blocks])[:8]),
            )
            for (code, severity, blocks), times in seen.most_common()
        )
        yield Table(("what", "severity", "blocks", "times", "runs"), tuple(rows))


def _decided(found: Sequence[Account], limit: int) -> Iterator[Part]:
    trail = sorted(
        ((one.at, one, account.run) for account in found for one in account.decisions), key=lambda t: -t[0]
    )
    if trail:
        yield Heading("Decisions")
        rows = (
            (
                moment(at),
                short_id(run),
                one.decision.replace("_", " "),
                named(one.by, one.who),
                one.into or "-",
                one.reason,
            )
            for at, one, run in trail[:limit]
        )
        yield Table(("at", "run", "decision", "by", "into", "why"), tuple(rows))


def _teams(found: Sequence[Account]) -> Iterator[Part]:
    for one in found:
        if one.team is not None:
            yield Heading(f"Run {short_id(one.run)} side by side")
            yield from side_by_side(one.team)
