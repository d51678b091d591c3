"""The verdicts of a run's own gates, as they lie in its folder."""

from collections.abc import Iterator

from pydantic import ValidationError

from ccorch.errors import EvidenceForged
from ccorch.ports import Runs
from ccorch.ports.attempt import attempt_file
from ccorch.schema.base import Value
from ccorch.schema.plan import Plan
from ccorch.schema.run_state import RunState
from ccorch.schema.verdict import Check, Verdict


class GateVerdict(Value):
    """What a gate that verifies has found."""

    gate: str
    """The gate."""
    attempt: int
    """Its latest attempt; 0 before it began."""
    verdict: Verdict | None
    """Its verdict; null when there is none, or none that ccorch wrote."""
    path: str
    """Where it lies, relative to the run's folder."""


def of_gates(runs: Runs, run: str, plan: Plan, state: RunState) -> Iterator[GateVerdict]:
    """The latest verdict of each gate that verifies."""
    for gate in plan.gates:
        if gate.verify:
            attempt = state.nodes[gate.id].attempt
            path = attempt_file(gate.id, attempt, "verdict.json")
            yield GateVerdict(gate=gate.id, attempt=attempt, verdict=_read(runs, run, path), path=path)


def as_check(told: GateVerdict) -> Check:
    """The same as one check of the run's own verdict."""
    if told.verdict is None:
        return Check(name=f"gate {told.gate}", judgement="unknown", reason="it has left no verdict")
    against = [f"{one.name}: {one.reason}" for one in told.verdict.checks if one.judgement != "pass"]
    reason = "; ".join(against) or f"{len(told.verdict.checks)} checks passed"
    return Check(name=f"gate {told.gate}", judgement=told.verdict.judgement, reason=reason, evidence=(told.path,))


def _read(runs: Runs, run: str, path: str) -> Verdict | None:
    try:
        content = runs.read(run, path)
        return Verdict.model_validate_json(content) if content is not None else None
    except (EvidenceForged, ValidationError):
        return None
