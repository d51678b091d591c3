"""Notices while a run goes on: a fold over its events that gives each finding once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from ccorch.rules.findings.detectors import (
    DestructiveCommand,
    LimitReached,
    PermissionRefused,
    RepeatedSearch,
    RouteMismatch,
    TestsFailed,
    WorkDiscarded,
)
from ccorch.rules.findings.pace import Budget, ContextNearLimit, NoProgress, RetryStorm, Stalled
from ccorch.rules.pricing import same_model
from ccorch.rules.rerouting import on_its_way
from ccorch.schema.event import (
    BudgetReached,
    Ended,
    Event,
    Found,
    Metered,
    ModelServed,
    RequestRetried,
    Rerouted,
    Said,
    Started,
    ToolBegan,
    ToolCalled,
    ToolDenied,
    ToolFailed,
)
from ccorch.schema.finding import Finding
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.worker_event import GRAVE

SAME_SEARCH = 3
"""How often the same search is asked before that is told."""

ONLY_SEARCHES = 25
"""How many searches in a row are told of."""

MANY_REFUSED = 5
"""From how many refused calls on they are more than a fence at work."""

MANY_RETRIED = 3
"""How many failed requests, with nothing said or done between them, are a storm."""

FULL = 0.8
"""From which part of its context on a request is told."""

CONTEXT, LARGE_CONTEXT = 200_000, 1_000_000
"""Tokens that Claude Code takes any model to hold, and those whose name is marked so."""

_SEARCH_TOOLS = ("Grep", "Glob", "WebSearch")
_MEANS = {
    "destroys": "destroys what is not its own",
    "publishes": "publishes",
    "runs_fetched": "runs what it fetches",
    "takes_rights": "takes other rights",
}
_AT_A_LIMIT = ("turns_spent", "budget_spent", "timed_out")
_STOOD_STILL = {"stalled": Stalled, "no_progress": NoProgress}


@dataclass
class _Attempt:
    number: int = 0
    grave: dict[str, ToolCalled] = field(default_factory=dict)
    """Calls of which it is not yet known whether they were refused."""
    refused: list[ToolDenied] = field(default_factory=list)
    tested: ToolCalled | ToolFailed | None = None
    """The last call of tests; a failure once it failed."""
    searches: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_a_row: int = 0
    retried: int = 0
    is_full: bool = False
    """Whether it was told that its context is nearly full."""


class Watch:
    """Take every event once; what is noticed comes back once, also over the end of whoever watched before."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._attempts: dict[str, _Attempt] = {}
        self._known: set[tuple[object, ...]] = set()
        self._ways: dict[str, int] = {}
        """Nodes that took a declared fallback, and which."""

    def knows(self, finding: Finding) -> bool:
        """Whether it was told already."""
        return _key(finding) in self._known

    def take(self, event: Event) -> tuple[Finding, ...]:
        """Fold one event; what of it is to be told and has not been."""
        if isinstance(event, Found):
            self._known.add(_key(event.finding))
            return ()
        return tuple(finding for finding in self._noticed(event) if not self.knows(finding))

    def _noticed(self, event: Event) -> Iterator[Finding]:
        match event:
            case Started(node=node, attempt=number):
                self._attempts[node] = _Attempt(number)
            case Rerouted(node=node, way=way):
                self._ways[node] = way
            case ModelServed(node=node):
                yield from self._served(event)
            case ToolCalled(node=node):
                self._of(node).retried = 0
                yield from _called(event, self._of(node))
            case Said(node=node):
                self._of(node).retried = 0
            case ToolBegan(node=node) | ToolFailed(node=node):
                yield from _begun(event, self._of(node))
            case ToolDenied(node=node):
                yield from _denied(event, self._of(node))
            case RequestRetried(node=node):
                yield from _retried(event, self._of(node))
            case Metered(node=node):
                yield from self._metered(event, self._of(node))
            case BudgetReached():
                yield _spent(event)
            case Ended(node=node):
                yield from _ended(event, self._attempts.pop(node, _Attempt(event.attempt)))

    def _of(self, node: str) -> _Attempt:
        return self._attempts.setdefault(node, _Attempt())

    def _planned(self, name: str) -> str | None:
        """The model that a node is to be answered by."""
        node = self._plan.by_id.get(name)
        return on_its_way(node, self._ways.get(name, 0)).route.model if isinstance(node, PlanNode) else None

    def _metered(self, event: Metered, now: _Attempt) -> Iterator[Finding]:
        holds = LARGE_CONTEXT if "[1m]" in (self._planned(event.node) or "").lower() else CONTEXT
        if now.is_full or event.input_tokens is None or event.input_tokens < FULL * holds:
            return
        now.is_full = True
        said = f"a request of {event.input_tokens} tokens; Claude Code takes the model to hold {holds}"
        yield ContextNearLimit.found(said, **_at(event), events=(event.seq,))

    def _served(self, event: ModelServed) -> Iterator[Finding]:
        planned = self._planned(event.node)
        if planned is None:
            return
        if not same_model(planned, event.model):
            said = f"plan: {planned}, stream: {event.model}"
            fails = self._plan.limits.route_mismatch == "fail"
            yield RouteMismatch.found(said, **_at(event), events=(event.seq,), blocking=fails)


def _called(event: ToolCalled, now: _Attempt) -> Iterator[Finding]:
    is_search = event.tool in _SEARCH_TOOLS or "searches" in event.acts
    now.in_a_row = now.in_a_row + 1 if is_search else 0
    if now.in_a_row == ONLY_SEARCHES:
        said = f"{ONLY_SEARCHES} searches in a row, and nothing else"
        yield RepeatedSearch.found(said, **_at(event), events=(event.seq,))
    if is_search:
        now.searches[event.tool, event.target] += 1
        if now.searches[event.tool, event.target] == SAME_SEARCH:
            said = f"{event.tool} `{event.target}` was called {SAME_SEARCH} times"
            yield RepeatedSearch.found(said, **_at(event), events=(event.seq,))
    if "tests" in event.acts:
        now.tested = event
    if GRAVE.intersection(event.acts):
        now.grave[event.call or str(event.seq)] = event
    if "discards" in event.acts:
        said = f"{event.tool} `{event.target}` was called"
        yield WorkDiscarded.found(said, **_at(event), events=(event.seq,))


def _retried(event: RequestRetried, now: _Attempt) -> Iterator[Finding]:
    now.retried += 1
    if now.retried == MANY_RETRIED:
        last = f"{event.status or 'no answer'} {event.error}".strip()
        said = f"{MANY_RETRIED} requests failed and were asked again, the last after {last}"
        yield RetryStorm.found(said, **_at(event), events=(event.seq,))


def _spent(event: BudgetReached) -> Finding:
    said = f"{event.share:.0%} of {event.pool} is spent"
    return Budget.found(said, events=(event.seq,), severity="high" if event.share >= 1 else "medium")


def _denied(event: ToolDenied, now: _Attempt) -> Iterator[Finding]:
    now.refused.append(event)
    if len(now.refused) == MANY_REFUSED:
        yield _refusals(event, now.refused)
    if (tried := now.grave.pop(event.call, None)) is not None:
        said = f"{_grave(tried)}; it was refused"
        yield DestructiveCommand.found(
            said, **_at(event), events=(tried.seq, event.seq), severity="medium", blocking=False
        )


def _begun(event: ToolBegan | ToolFailed, now: _Attempt) -> Iterator[Finding]:
    """What came to an error had begun: no refusal of it follows."""
    if isinstance(event, ToolFailed) and "tests" in event.acts:
        now.tested = event
    if (tried := now.grave.pop(event.call, None)) is not None:
        said = f"{_grave(tried)}; it was not refused"
        yield DestructiveCommand.found(said, **_at(event), events=(tried.seq, event.seq))


def _ended(event: Ended, now: _Attempt) -> Iterator[Finding]:
    for tried in now.grave.values():
        yield DestructiveCommand.found(f"{_grave(tried)}; it was not refused", **_at(event), events=(tried.seq,))
    if isinstance(now.tested, ToolFailed) and event.outcome in ("done", "refused") and event.claims in ("", "pass"):
        status = "an error" if now.tested.status is None else f"status {now.tested.status}"
        claim = "the handoff says pass" if event.claims else "the work was called done"
        said = f"the last tests ended with {status}, and {claim}"
        yield TestsFailed.found(said, **_at(event), events=(now.tested.seq, event.seq))
    if now.refused and len(now.refused) != MANY_REFUSED:
        yield _refusals(event, now.refused)
    if event.outcome in _AT_A_LIMIT:
        yield LimitReached.found(f"ended as {event.outcome}", **_at(event), events=(event.seq,))
    if (kind := _STOOD_STILL.get(event.outcome)) is not None:
        yield kind.found(event.reason, **_at(event), events=(event.seq,), severity="high", blocking=True)


def _refusals(event: ToolDenied | Ended, refused: list[ToolDenied]) -> Finding:
    """All so far in one finding: of many it is told at once, and again at the end where more have come."""
    tools = ", ".join(dict.fromkeys(one.tool or "a tool" for one in refused))
    many = len(refused)
    said = f"{many} tool call{'s were' if many > 1 else ' was'} refused: {tools}"
    severity = "medium" if many >= MANY_REFUSED else "low"
    events = tuple(one.seq for one in refused[:20])
    return PermissionRefused.found(said, **_at(event), events=events, severity=severity)


def _grave(tried: ToolCalled) -> str:
    what = ", ".join(_MEANS[act] for act in tried.acts if act in _MEANS)
    return f"{tried.tool} `{tried.target}` {what}"


def _at(
    event: ModelServed | ToolBegan | ToolCalled | ToolDenied | ToolFailed | RequestRetried | Metered | Ended,
) -> dict[str, object]:
    return {"node": event.node, "attempt": event.attempt}


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.node, finding.attempt, finding.message, finding.place, finding.provisional
