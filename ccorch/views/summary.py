"""A run in short: what each node did, on which route, for how much, and what was noticed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ccorch.rules.amounts import money, tokens
from ccorch.rules.progress import begin, evolve
from ccorch.rules.rerouting import on_its_way
from ccorch.schema.event import (
    Answered,
    BudgetReached,
    Ended,
    Event,
    Finished,
    Found,
    HeldBack,
    Metered,
    ModelServed,
    Moved,
    Noted,
    Omitted,
    Parked,
    PauseAsked,
    Reopened,
    RequestRetried,
    Rerouted,
    ResumeAsked,
    Said,
    Skipped,
    Started,
    StopAsked,
    Submitted,
    ToolCalled,
    ToolDenied,
    Unparked,
)
from ccorch.schema.fact import named
from ccorch.schema.finding import Finding
from ccorch.schema.plan import Plan, PlanGate, PlanNode
from ccorch.schema.run import RunStatus
from ccorch.schema.run_state import NodeState, RunState
from ccorch.schema.summary import Covered, GateSummary, NodeSummary, Note, RunSummary, ShutProfile
from ccorch.views.money import Money

_STEPS = (
    Started,
    HeldBack,
    Ended,
    Skipped,
    Omitted,
    Reopened,
    Rerouted,
    PauseAsked,
    ResumeAsked,
    Moved,
    StopAsked,
    Finished,
)
"""Events by which a run makes progress; all others, the many, are only counted."""


@dataclass
class _Node:
    plan: PlanNode
    state: NodeState = field(default_factory=NodeState)
    served: list[str] = field(default_factory=list)
    requests: int = 0
    tokens_in: int | None = 0
    tokens_out: int | None = 0
    money: Money = field(default_factory=Money)
    exact: bool = True
    tools: Counter[str] = field(default_factory=Counter)
    denied: int = 0
    retried: int = 0
    doing: str = ""
    started_at: float | None = None
    ended_at: float | None = None


@dataclass
class _Gate:
    plan: PlanGate
    state: NodeState = field(default_factory=NodeState)
    asked_at: float | None = None


class Fold:
    """A running summary: apply each event once, in time that no plan's size changes; look whenever you like.

    Raises RunCorrupt for progress of a node that the plan does not have.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._nodes = {node.id: _Node(node) for node in plan.nodes}
        self._gates = {gate.id: _Gate(gate) for gate in plan.gates}
        self._run = begin(plan)
        self._findings: list[Finding] = []
        self._unfinished: set[tuple[str | None, int | None]] = set()
        """Attempts of whose work that is not over something was found."""
        self._warnings: list[str] = []
        self._notes: list[Note] = []
        self._submitted_at: float | None = None
        self._ended_at: float | None = None
        self._money = Money()
        self._shut: dict[str, ShutProfile] = {}
        self.seq = 0
        """Number of the last event that was applied."""
        self.is_begun = False
        """Whether a node was ever started or passed over."""

    def apply(self, event: Event) -> tuple[str, ...]:
        """Take one more event; gives the nodes that it changed."""
        self.seq = event.seq
        match event:
            case Submitted():
                self._submitted_at = event.at
            case Found(finding=finding):
                self._findings.append(finding)
                if finding.provisional:
                    self._unfinished.add((finding.node, finding.attempt))
            case Ended(node=node, attempt=attempt) if (node, attempt) in self._unfinished:
                self._unfinished.discard((node, attempt))
                self._findings = [one for one in self._findings if not _is_over(one, node, attempt)]
            case BudgetReached():
                self._warnings.append(_budget(event))
            case StopAsked():
                self._warnings.append(
                    f"stopped from {named(event.by, event.who)}: {event.reason or 'no reason given'}"
                )
            case Noted():
                self._notes.append(_note(event))
            case Answered(node=name):
                if name in self._gates:
                    self._gates[name].asked_at = None
            case Finished():
                self._ended_at = event.at
            case Reopened():
                self._ended_at = None
            case Metered():
                self._money.add(event)
            case Parked(profile=profile):
                self._shut[profile] = ShutProfile(
                    profile=profile, error=event.error, window=event.window, until=event.until, told=event.told
                )
            case Unparked(profile=profile):
                self._shut.pop(profile, None)
            case Rerouted():
                self._warnings.append(_other_way(event))
        about = nodes_of(event)
        changed = tuple(name for name in about if name in self._nodes)
        if isinstance(event, _STEPS):
            self._evolve(about, event)
        for name in changed:
            _apply(self._nodes[name], event)
        return changed

    def node(self, name: str) -> NodeSummary:
        """What is known now of one node."""
        return _shown(self._nodes[name])

    @property
    def status(self) -> RunStatus:
        """Where the run stands as its log says it."""
        tally = self._run.tally
        if self._shut and not (self._run.finished or self._run.paused or tally.running or tally.judging):
            return "parked"
        return self._run.finished or standing(self._run, self.is_begun)

    @property
    def passed(self) -> int:
        """How many nodes have passed."""
        return self._run.tally.passed

    @property
    def usd(self) -> float | None:
        """Money of all nodes; null when part of it is unknown or a subscription pays for all."""
        return self._money.usd

    @property
    def plan(self) -> Covered | None:
        """How much of it a subscription pays for."""
        return self._money.plan

    @property
    def submitted_at(self) -> float | None:
        """When the run was accepted."""
        return self._submitted_at

    @property
    def ended_at(self) -> float | None:
        """When the run was over."""
        return self._ended_at

    def summary(self) -> RunSummary:
        """What is known now."""
        return self.outline().model_copy(update={"nodes": tuple(map(_shown, self._nodes.values()))})

    def outline(self) -> RunSummary:
        """What is known now, without the nodes."""
        return RunSummary(
            simulated=self._plan.worker == "simulated",
            submitted_at=self._submitted_at,
            ended_at=self._ended_at,
            stopping=self._run.stopping,
            paused=self._run.paused,
            priority=self._run.priority,
            usd=self.usd,
            plan=self.plan,
            limit_usd=self._plan.limits.usd_per_run,
            nodes=(),
            gates=tuple(map(_judged, self._gates.values())),
            shut=() if self._run.finished else tuple(self._shut.values()),
            findings=tuple(self._findings),
            warnings=tuple(self._warnings),
            notes=tuple(self._notes),
        )

    def _evolve(self, about: tuple[str, ...], event: Event) -> None:
        """The one rule of progress."""
        self._run = evolve(self._run, event)
        for name in about:
            now = self._run.nodes[name]
            if name in self._nodes:
                self._nodes[name].state = now
            else:
                gate = self._gates[name]
                asks = isinstance(event, Started) and gate.plan.approval is not None
                gate.state, gate.asked_at = now, event.at if asks else None
        self.is_begun = self.is_begun or event.type in ("started", "skipped", "omitted")


def standing(run: RunState, is_begun: bool) -> RunStatus:
    """Where a run stands that is not over."""
    if run.paused and not run.tally.running:
        return "needs_rerun" if run.rerun else "parked"
    return "running" if is_begun else "queued"


def nodes_of(event: Event) -> tuple[str, ...]:
    """The nodes that an event is about."""
    match event:
        case Reopened(nodes=nodes, node=cause):
            return nodes if cause is None or cause in nodes else (*nodes, cause)
        case Found(finding=finding):
            return (finding.node,) if finding.node else ()
        case Parked() | Unparked() | Submitted() | BudgetReached() | PauseAsked() | ResumeAsked():
            return ()
        case Moved() | StopAsked() | Finished():
            return ()
        case Noted():
            return ()
        case _:
            return (event.node,)


def summary(plan: Plan, events: Iterable[Event]) -> RunSummary:
    """The summary that a whole log tells."""
    fold = Fold(plan)
    for event in events:
        fold.apply(event)
    return fold.summary()


def plus(so_far: int | None, more: int | None) -> int | None:
    """The sum of two counts; unknown as soon as one is."""
    return None if so_far is None or more is None else so_far + more


def _apply(node: _Node, event: Event) -> None:
    match event:
        case Started():
            node.started_at, node.ended_at, node.doing = event.at, None, ""
        case Ended(attempt=attempt) if attempt == node.state.attempt:
            node.ended_at, node.doing = event.at, ""
        case ModelServed(model=model) if model not in node.served:
            node.served.append(model)
        case ToolCalled():
            node.tools[event.tool] += 1
            node.doing = f"{event.tool} {event.target}".strip()
        case Said(text=text):
            node.doing = text
        case ToolDenied():
            node.denied += 1
        case RequestRetried():
            node.retried += 1
        case Metered():
            node.requests += 1
            node.tokens_in = plus(node.tokens_in, event.input_tokens)
            node.tokens_out = plus(node.tokens_out, event.output_tokens)
            node.money.add(event)
            node.exact = node.exact and event.exact


def _is_over(found: Finding, node: str, attempt: int) -> bool:
    """Whether it was found in work of this attempt before that was over."""
    return found.provisional and (found.node, found.attempt) == (node, attempt)


def _note(event: Noted) -> Note:
    return Note(**event.model_dump(include=set(Note.model_fields)))


def _budget(event: BudgetReached) -> str:
    if event.limit_usd is None:
        spent = f"{tokens(event.spent_tokens)} of {tokens(event.limit_tokens)} tokens"
        more = tokens(event.reserved_tokens) if event.reserved_tokens else ""
    else:
        spent = f"{money(event.spent_usd or 0)} of {money(event.limit_usd)}"
        more = money(event.reserved_usd) if event.reserved_usd else ""
    aside = f", {more} more set aside for workers at work" if more else ""
    return f"{event.pool}: {spent} spent ({event.share:.0%}){aside}"


def _other_way(event: Rerouted) -> str:
    why = (
        event.reason if event.error is None else f"{event.error} ({event.reason})" if event.reason else event.error
    )
    return f"{event.node} goes on with {event.profile} · {event.model} instead of {event.left}: {why}"


def _judged(gate: _Gate) -> GateSummary:
    approval = gate.plan.approval
    seconds = approval.deadline_seconds if approval else None
    return GateSummary(
        id=gate.plan.id,
        lane=gate.plan.lane,
        status=gate.state.status,
        attempt=gate.state.attempt,
        reopened=gate.state.reopened.get("gate", 0),
        reason=gate.state.reason,
        question=approval.question if approval else None,
        choices=approval.choices if approval else (),
        asked_at=gate.asked_at,
        deadline=None if gate.asked_at is None or seconds is None else gate.asked_at + seconds,
    )


def _shown(node: _Node) -> NodeSummary:
    state = node.state
    route = on_its_way(node.plan, state.way).route
    return NodeSummary(
        id=node.plan.id,
        lane=node.plan.lane,
        role=node.plan.role.name,
        status=state.status,
        outcome=state.outcome,
        reason=state.reason,
        attempt=state.attempt,
        not_before=state.not_before,
        held=state.held,
        profile=route.profile,
        model=route.model,
        served=tuple(node.served),
        route_reason=route.reason,
        requests=node.requests,
        input_tokens=node.tokens_in,
        output_tokens=node.tokens_out,
        usd=node.money.usd,
        plan=node.money.plan,
        exact=node.exact,
        tools=dict(node.tools.most_common()),
        denied=node.denied,
        retried=node.retried,
        doing=node.doing,
        started_at=node.started_at,
        ended_at=node.ended_at,
    )
