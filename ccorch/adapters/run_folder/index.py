"""The index: rolling aggregates of every run, so that no reader reads a log again; written by the daemon only."""

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

from ccorch.adapters.run_folder.fold import RunFold
from ccorch.adapters.run_folder.looking import COLUMNS, FIELDS, MIGRATIONS, log_size
from ccorch.adapters.run_folder.projects import runs_of
from ccorch.adapters.small_database import is_useless, opened, removed, storing
from ccorch.errors import CcorchError
from ccorch.schema.status import OVER

MARKS = ", ".join("?" * (len(FIELDS) + 2))


class Index:
    """The writer's side. What it holds can be made again from the run folders at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folds: dict[str, RunFold] = {}
        self._one_at_a_time = threading.Lock()
        with storing(path):
            self._database = opened(path, MIGRATIONS)

    def update(self, run: str, project: Path) -> None:
        """Take in what is new in the run's log; after a failure the whole run is taken in with the next call."""
        with self._one_at_a_time:
            # put back only when it was written: what a failed write was about is known to nobody
            fold = self._folds.pop(run, None)
            is_new = fold is None
            fold = fold or RunFold(project, run)
            self._write(fold, fold.read_on(), is_new)
            if fold.fold.status not in OVER:
                self._folds[run] = fold

    def catch_up(self, projects: Iterable[Path]) -> dict[str, CcorchError]:
        """Take in every run whose log is not as it was, forget the ones that are gone; gives the unreadable."""
        runs = runs_of(projects)
        known = self._known()
        problems: dict[str, CcorchError] = {}
        for run, project in runs.items():
            if known.get(run) != log_size(project, run):
                try:
                    self.update(run, project)
                except CcorchError as problem:
                    problems[run] = problem
        self._forget([run for run in known if run not in runs])
        return problems

    def leave_out(self, run: str) -> None:
        """Say nothing of a run any more, so that readers look into its folder."""
        self._folds.pop(run, None)
        self._forget([run])

    def rebuild(self, projects: Iterable[Path]) -> dict[str, CcorchError]:
        """Forget everything and read every run folder; gives the unreadable ones."""
        self._folds.clear()
        self._forget(list(self._known()))
        return self.catch_up(projects)

    def close(self) -> None:
        """Write everything to the main file and close it."""
        self._database.close()

    def _write(self, fold: RunFold, changed: set[str], is_new: bool) -> None:
        names = fold.positions if is_new else changed
        nodes = [(fold.run, fold.positions[name], fold.fold.node(name).model_dump_json()) for name in names]
        kept = fold.row()
        row = (*(getattr(kept, name) for name in FIELDS), fold.size, fold.fold.outline().model_dump_json())
        with storing(self._path), self._database:
            self._database.execute(f"REPLACE INTO run ({COLUMNS}, size, outline) VALUES ({MARKS})", row)
            self._database.executemany("REPLACE INTO node (run, position, summary) VALUES (?, ?, ?)", nodes)

    def _known(self) -> dict[str, int]:
        """The bytes of each run's log that were taken in; a database that is broken is begun anew."""
        asked = "SELECT run, size FROM run"
        with storing(self._path):
            try:
                return dict(self._database.execute(asked).fetchall())
            except sqlite3.DatabaseError as problem:
                if not is_useless(problem):
                    raise
                self._database.close()
                removed(self._path)
                self._database = opened(self._path, MIGRATIONS)
                return dict(self._database.execute(asked).fetchall())

    def _forget(self, runs: list[str]) -> None:
        with self._one_at_a_time, storing(self._path), self._database:
            self._database.executemany("DELETE FROM run WHERE run = ?", [(run,) for run in runs])
            self._database.executemany("DELETE FROM node WHERE run = ?", [(run,) for run in runs])
