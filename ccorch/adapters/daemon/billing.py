"""Tells what a run has cost, outside of its project, so that nothing that happens there loses it."""

import threading
from pathlib import Path

from pydantic import ValidationError

from ccorch.adapters.daemon.finishing import VERDICT
from ccorch.adapters.files import append_shared
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.adapters.usage.tail import local_day
from ccorch.errors import EvidenceForged
from ccorch.schema.verdict import Judgement, Verdict
from ccorch.views.bill import bill


class Bills:
    """Appends bills, one at a time: the newest line counts, so none may be made of a log as it was before it."""

    def __init__(self, runs: RunFolders, file: Path) -> None:
        self._runs, self._file = runs, file
        self._one_at_a_time = threading.Lock()

    def tell(self, run: str, at: float) -> None:
        """Write the run's bill as its log makes it now; a run without workers has none."""
        plan = self._runs.plan(run)
        if plan.worker == "simulated":
            return
        with self._one_at_a_time:
            made = bill(
                run,
                plan,
                self._runs.events(run),
                at=at,
                day=local_day(at),
                project=str(self._runs.project(run)),
                judgement=self._judgement(run),
            )
            append_shared(self._file, made.model_dump_json().encode() + b"\n")

    def _judgement(self, run: str) -> Judgement | None:
        try:
            verdict = self._runs.read(run, VERDICT)
            return Verdict.model_validate_json(verdict).judgement if verdict else None
        except (EvidenceForged, ValidationError):
            return None
