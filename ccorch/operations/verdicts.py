"""What is known of a run's verdicts: its own, and those of its gates."""

from pydantic import ValidationError

from ccorch.errors import EvidenceForged
from ccorch.operations.house import House
from ccorch.operations.standing import VERDICT
from ccorch.rules.progress import fold
from ccorch.schema.base import Many, Value
from ccorch.schema.ids import short_id
from ccorch.schema.verdict import Verdict
from ccorch.verify.gates import GateVerdict, of_gates

REPORT = "verify/report.html"


class VerdictsReply(Value):
    """Verdicts of a run."""

    run_id: str
    """Id of the run."""
    verdict: Verdict | None
    """The run's own; `at` is null where it was only judged at its end, and nothing was tried."""
    gates: Many[GateVerdict]
    """Those of its gates that verify."""
    forged: Many[str] | None
    """What of the run is not as ccorch wrote it; null when nobody can tell."""
    report: str | None
    """The report as a page; null before the run was verified."""
    next: str
    """Command to go on with."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


def verdicts(house: House, run: str, note: str | None) -> VerdictsReply:
    """The verdicts, as they were written; nothing is judged anew."""
    plan = house.library.plan(run)
    state = fold(plan, house.library.events(run))
    found = _own(house, run)
    verified = found if found is not None and found.at is not None else None
    due = "verify"
    if verified is not None and verified.judgement == "pass":
        due = "accept" if verified.subject is not None else "show"
    return VerdictsReply(
        run_id=run,
        verdict=found,
        gates=tuple(of_gates(house.library, run, plan, state)),
        forged=house.library.forged(run),
        report=str(house.library.folder(run) / REPORT) if verified else None,
        next=f"ccorch {due} {short_id(run)}",
        note=note,
    )


def _own(house: House, run: str) -> Verdict | None:
    try:
        content = house.library.read(run, VERDICT)
        return Verdict.model_validate_json(content) if content is not None else None
    except (EvidenceForged, ValidationError):
        return None
