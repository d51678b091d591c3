"""Tells what a run has cost, outside of its project, so that nothing that happens there loses it."""

from pathlib import Path

from pydantic import ValidationError

from ccorch.adapters.daemon.finishing import VERDICT
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.adapters.usage.bill_file import append
from ccorch.adapters.usage.tail import local_day
from ccorch.schema.verdict import Judgement, Verdict
from ccorch.views.bill import bill


def tell_bill(runs: RunFolders, file: Path, run: str, at: float) -> None:
    """Write the run's bill as its log makes it now; a run without workers has none."""
    plan = runs.plan(run)
    if plan.worker == "simulated":
        return
    made = bill(
        run,
        plan,
        runs.events(run),
        at=at,
        day=local_day(at),
        project=str(runs.project(run)),
        judgement=_judgement(runs.read(run, VERDICT)),
    )
    append(file, made)


def _judgement(verdict: bytes | None) -> Judgement | None:
    try:
        return Verdict.model_validate_json(verdict).judgement if verdict else None
    except ValidationError:
        return None
