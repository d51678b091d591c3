"""The index: rolling aggregates of every run, so that no reader reads a log again; written by the daemon only."""

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path

from ccorch.adapters.run_folder.layout import Layout
from ccorch.adapters.run_folder.projects import runs_of
from ccorch.adapters.run_folder.reading import RunFold
from ccorch.adapters.small_database import looked_into, opened, removed, storing
from ccorch.errors import CcorchError
from ccorch.ports import RunRow
from ccorch.schema.run import OVER
from ccorch.schema.summary import NodeSummary, RunSummary

MIGRATIONS = (
    """
    CREATE TABLE run (
        run TEXT PRIMARY KEY, status TEXT NOT NULL, task TEXT NOT NULL, project TEXT NOT NULL, label TEXT,
        submitted_at REAL NOT NULL, ended_at REAL, nodes INTEGER NOT NULL, passed INTEGER NOT NULL, usd REAL,
        simulated INTEGER NOT NULL, roles TEXT NOT NULL, seq INTEGER NOT NULL,
        size INTEGER NOT NULL, outline TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE node (
        run TEXT NOT NULL, position INTEGER NOT NULL, summary TEXT NOT NULL, PRIMARY KEY (run, position)
    ) WITHOUT ROWID;
    """,
    "ALTER TABLE run ADD COLUMN plan TEXT",
)
"""Numbered by their place, only ever added to; `user_version` says how many were done."""

_FIELDS = tuple(field.name for field in fields(RunRow))
_COLUMNS = ", ".join(_FIELDS)
_MARKS = ", ".join("?" * (len(_FIELDS) + 2))


class Index:
    """The writer's side. What it holds can be made again from the run folders at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folds: dict[str, RunFold] = {}
        self._one_at_a_time = threading.Lock()
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
        row = (*astuple(fold.row()), fold.size, fold.fold.outline().model_dump_json())
        with storing(self._path), self._database:
            self._database.execute(f"REPLACE INTO run ({_COLUMNS}, size, outline) VALUES ({_MARKS})", row)
            self._database.executemany("REPLACE INTO node (run, position, summary) VALUES (?, ?, ?)", nodes)

    def _known(self) -> dict[str, int]:
        """The bytes of each run's log that were taken in; a database that is broken is begun anew."""
        asked = "SELECT run, size FROM run"
        try:
            return dict(self._database.execute(asked).fetchall())
        except sqlite3.DatabaseError:
            self._database.close()
            removed(self._path)
            self._database = opened(self._path, MIGRATIONS)
            return dict(self._database.execute(asked).fetchall())

    def _forget(self, runs: list[str]) -> None:
        with self._one_at_a_time, storing(self._path), self._database:
            self._database.executemany("DELETE FROM run WHERE run = ?", [(run,) for run in runs])
            self._database.executemany("DELETE FROM node WHERE run = ?", [(run,) for run in runs])


class IndexReader:
    """The reader's side: changes no byte, works on a read-only disk, and says why when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.problem: str | None = None
        """Why the index cannot be used; null when it can."""

    def rows(self) -> dict[str, tuple[RunRow, int]]:
        """Every run's line, with the bytes of the log that it was made from."""
        found = self._ask(f"SELECT {_COLUMNS}, size FROM run")
        return {row[0]: (_row(row[:-1]), row[-1]) for row in found}

    def row(self, run: str) -> tuple[RunRow, int] | None:
        """One run's line, with the bytes of the log that it was made from."""
        found = self._ask(f"SELECT {_COLUMNS}, size FROM run WHERE run = ?", run)
        return (_row(found[0][:-1]), found[0][-1]) if found else None

    def summary(self, run: str, size: int) -> RunSummary | None:
        """The run's summary, when it was made from so many bytes of its log."""
        found = self._ask(
            "SELECT outline, summary FROM run JOIN node USING (run) WHERE run = ? AND size = ? ORDER BY position",
            run,
            size,
        )
        if not found:
            return None
        nodes = tuple(NodeSummary.model_validate_json(node) for _, node in found)
        return RunSummary.model_validate_json(found[0][0]).model_copy(update={"nodes": nodes})

    def _ask(self, question: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        self.problem = None
        if not self._path.exists():
            self.problem = "there is no index yet"
            return []
        try:
            return looked_into(
                self._path, len(MIGRATIONS), lambda found: found.execute(question, values).fetchall()
            )
        except sqlite3.DatabaseError as error:
            self.problem = f"the index cannot be read: {error}"
        return []


def log_size(project: Path, run: str) -> int:
    """Bytes of a run's log; -1 when it cannot be seen."""
    try:
        return Layout(project).file(run, "events.ndjson").lstat().st_size
    except OSError:
        return -1


def _row(values: tuple) -> RunRow:  # type: ignore[type-arg]
    facts = dict(zip(_FIELDS, values, strict=True))
    return RunRow(**{**facts, "simulated": bool(facts["simulated"])})
