"""What is new about a run, folded from what was told since its watcher looked last."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ccorch.rules.plain import few
from ccorch.schema.digest import News
from ccorch.schema.event import (
    Answered,
    Ended,
    Event,
    Found,
    Noted,
    Omitted,
    Parked,
    PauseAsked,
    Reopened,
    Rerouted,
    ResumeAsked,
    Skipped,
    Steered,
    StopAsked,
)
from ccorch.schema.finding import Finding
from ccorch.schema.next_step import NextStep
from ccorch.schema.status import OVER, RunStatus
from ccorch.schema.summary import NodeSummary, RunSummary
from ccorch.views.timeline import words

MOST = 8
"""Most things of a kind that are told one by one."""

LONGEST = 240
"""Letters of one of them."""

_DECIDED = (Answered, Noted, Parked, PauseAsked, Reopened, Rerouted, ResumeAsked, Steered, StopAsked)


def news(
    run: str,
    status: RunStatus,
    summary: RunSummary,
    events: Iterable[Event] | None,
    changed: Sequence[str],
    step: NextStep,
) -> News:
    """What is to be told now; without events the whole of what stands, which needs none of them."""
    told = None if events is None else tuple(events)
    left = None if summary.limit_usd is None or summary.usd is None else summary.limit_usd - summary.usd
    return News(
        run_id=run,
        status=status,
        nodes=_tally(summary),
        working=short(_working(node) for node in summary.nodes if node.status == "running"),
        ended=short(_ends(summary, status) if told is None else _ended(told)),
        found=short(map(_found, _findings(summary.findings, told))),
        decided=short(summary.warnings if told is None else _decided(told)),
        changed=short(changed),
        usd=None if summary.usd is None else round(summary.usd, 4),
        left_usd=None if left is None else round(max(left, 0.0), 4),
        plan=summary.plan,
        next=step,
    )


def short(said: Iterable[str]) -> tuple[str, ...]:
    """So few and so short that somebody who pays for every byte reads them."""
    return few(said, MOST, LONGEST)


def tools_of(node: NodeSummary) -> str:
    """The tools that a node has called, such as `Grep ×7, Read ×2`."""
    return ", ".join(f"{name} ×{count}" for name, count in node.tools.items())


def _tally(summary: RunSummary) -> dict[str, int]:
    return dict(Counter([*(node.status for node in summary.nodes), *(gate.status for gate in summary.gates)]))


def _working(node: NodeSummary) -> str:
    again = f" (attempt {node.attempt})" if node.attempt > 1 else ""
    return f"{node.id}{again}: {tools_of(node) or 'nothing called yet'}"


def _ends(summary: RunSummary, status: RunStatus) -> Iterator[str]:
    for node in summary.nodes:
        if node.status in ("failed", "skipped") or (status in OVER and node.status == "waiting"):
            yield _how(node.id, node.status, node.outcome or "", node.reason)


def _ended(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        match event:
            case Ended(passed=True, outcome="refused"):
                yield _how(event.node, "passed", "refused", event.reason)
            case Ended(passed=True):
                yield f"{event.node} passed"
            case Ended():
                yield _how(event.node, "failed", event.outcome, event.reason)
            case Skipped():
                yield _how(event.node, "skipped", "", event.reason)
            case Omitted():
                yield _how(event.node, "omitted", "", event.reason)


def _how(node: str, status: str, outcome: str, reason: str) -> str:
    return ": ".join(part for part in (f"{node} {status}", outcome, reason) if part)


def _findings(found: Sequence[Finding], events: Sequence[Event] | None) -> Sequence[Finding]:
    """The new ones, what stands against acceptance first."""
    new = found if events is None else [event.finding for event in events if isinstance(event, Found)]
    return sorted(new, key=lambda one: not one.blocking)


def _found(finding: Finding) -> str:
    where = f" {finding.node}" if finding.node else ""
    kind = "blocking" if finding.blocking else "warning"
    events = f" (event {', '.join(map(str, finding.events[:3]))})" if finding.events else ""
    return f"{kind}{where} {finding.code}{events}: {finding.message}"


def _decided(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        if isinstance(event, _DECIDED):
            about = getattr(event, "node", None)
            yield f"{about}: {words(event)}" if about else words(event)
