"""A run that is watched, as its readers see it: its line, and its summary with where everything stands by now."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from ccorch.schema.finding import Severity
from ccorch.schema.run_row import KeptRow, Question, WatchedRow
from ccorch.schema.status import OVER, RunStatus
from ccorch.schema.summary import RunSummary
from ccorch.views.live import Live, LiveNode

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
"""The worst first."""

UNDRIVEN = "nothing drives it; wait or any verb that writes starts the daemon"

MOVED = ("status", "passed", "usd", "plan", "submitted_at", "ended_at", "seq")
FACTS = tuple(name for name in KeptRow.model_fields if name not in MOVED)
"""What of a run's line its log does not change."""


def watched(row: KeptRow, live: Live) -> WatchedRow:
    """The line of a run that is followed."""
    at_work = sorted(live.at_work(), key=lambda node: (bool(node.doing), node.started_at or 0.0), reverse=True)
    first, asking, status = next(iter(at_work), None), live.asking(), live.status
    return WatchedRow(
        **{name: getattr(row, name) for name in FACTS},
        status=status,
        passed=live.passed,
        usd=live.money.usd,
        plan=live.money.plan,
        submitted_at=live.submitted_at or row.submitted_at,
        ended_at=live.ended_at,
        seq=live.seq,
        at_work=tuple(node.id for node in at_work),
        tool=first.tool if first else "",
        doing=first.doing if first else "" if live.finished else _held(live.nodes.values()),
        tokens=live.tokens,
        limit_usd=live.limit_usd,
        risk=worst(live.severities),
        findings=live.severities.total(),
        questions=tuple(Question(gate=gate.id, asks=gate.question or "", choices=gate.choices) for gate in asking),
        paused=live.paused,
        needs=_needs(live, status),
    )


def over(row: KeptRow, limit_usd: float | None, severities: Iterable[str], tokens: int | None) -> WatchedRow:
    """The line of a run that was over before anybody watched."""
    noticed = tuple(severities)
    return WatchedRow(
        **{name: getattr(row, name) for name in KeptRow.model_fields},
        limit_usd=limit_usd,
        risk=worst(noticed),
        findings=len(noticed),
        tokens=tokens,
    )


def worst(severities: Container[str]) -> Severity | None:
    """The worst of them; null is none."""
    return next((severity for severity in SEVERITIES if severity in severities), None)


def summed_up(was: RunSummary, live: Live) -> RunSummary:
    """The summary with where its nodes and gates stand by now; what they used is not brought up to date."""
    gates = (gate.model_copy(update=_judges(live, gate.id)) for gate in was.gates)
    return was.model_copy(
        update={
            "nodes": tuple(node.model_copy(update=_stands(live.nodes[node.id])) for node in was.nodes),
            "gates": tuple(gates),
            "paused": live.paused,
            "stopping": live.stopping,
            "priority": live.priority,
            "shut": tuple(live.shut.values()),
        }
    )


def _stands(node: LiveNode) -> dict[str, Any]:
    known = ("status", "attempt", "held", "doing", "profile", "not_before")
    return {name: getattr(node, name) for name in known}


def _judges(live: Live, gate: str) -> dict[str, Any]:
    return {"status": live.gates[gate].status, "attempt": live.gates[gate].attempt}


def _held(nodes: Iterable[LiveNode]) -> str:
    """Why a node that could start does not."""
    return next((f"waits: {node.held}" for node in nodes if node.held and node.status == "waiting"), "")


def _needs(live: Live, status: RunStatus) -> str:
    """What somebody has to see to, the most pressing first."""
    if asking := live.asking():
        more = f" and {len(asking) - 1} more" if len(asking) > 1 else ""
        return f"{asking[0].id} asks: {', '.join(asking[0].choices)}{more}"
    match status:
        case "needs_rerun":
            return "work was set back; resume does it again"
        case "parked" if live.paused:
            return "paused; resume goes on"
        case "parked":
            return f"waits for {', '.join(sorted(live.shut))}"
    if live.blocking and status not in OVER:
        return f"noticed by rules: {live.blocking} blocking"
    return ""
