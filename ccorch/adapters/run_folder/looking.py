"""The index as readers look into it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ccorch.adapters.run_folder.layout import log_of
from ccorch.adapters.small_database import looked_into
from ccorch.ports.listing import Brief
from ccorch.ports.watching import Snapshot
from ccorch.schema.run_row import KeptRow
from ccorch.schema.status import OVER

if TYPE_CHECKING:
    from ccorch.schema.summary import RunSummary

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
    "ALTER TABLE run ADD COLUMN workflow TEXT NOT NULL DEFAULT ''",
)
"""Numbered by their place, only ever added to; `user_version` says how many were done."""

_TOKENS = """(
    SELECT CASE WHEN count(*) = count(used) THEN sum(used) END FROM (
        SELECT json_extract(summary, '$.input_tokens') + json_extract(summary, '$.output_tokens') AS used
        FROM node WHERE node.run = run.run AND run.nodes <= 200
    )
)"""
"""Tokens of all nodes, when all are known; of huge runs they are not summed."""

FIELDS = tuple(KeptRow.model_fields)
COLUMNS = ", ".join("run" if name == "run_id" else name for name in FIELDS)


class Outlined(NamedTuple):
    """The line of a run that is over, with what it was made from, and what else is known in short."""

    row: KeptRow
    size: int
    """Bytes of the log that it was made from."""
    outline: str
    """Its summary without nodes, as JSON."""
    tokens: int | None
    """Tokens of all its nodes; null when part of them is unknown."""


class IndexReader:
    """The reader's side: changes no byte, works on a read-only disk, and says why when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.problem: str | None = None
        """Why the index cannot be used; null when it can."""

    def rows(self) -> dict[str, tuple[KeptRow, int]]:
        """Every run's line, with the bytes of the log that it was made from."""
        found = self._ask(f"SELECT {COLUMNS}, size FROM run")
        return {row[0]: (_row(row[:-1]), row[-1]) for row in found}

    def briefs(self) -> dict[str, tuple[Brief, int]]:
        """How every run stands, with the bytes of the log that tell it."""
        found = self._ask("SELECT run, size, status, project, submitted_at, ended_at FROM run")
        return {run: (Brief(*facts), size) for run, size, *facts in found}

    def row(self, run: str) -> tuple[KeptRow, int] | None:
        """One run's line, with the bytes of the log that it was made from."""
        found = self._ask(f"SELECT {COLUMNS}, size FROM run WHERE run = ?", run)
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
        return _summary(found[0][0], [node for _, node in found])

    def summaries(self, runs: Sequence[str]) -> dict[str, tuple[RunSummary, int]]:
        """Those that are known of these runs, with the bytes of the logs that they were made from."""
        marks = ", ".join("?" * len(runs))
        found = self._ask(
            "SELECT run, size, outline, summary FROM run JOIN node USING (run) "
            f"WHERE run IN ({marks}) ORDER BY run, position",
            *runs,
        )
        grouped = ((key, [line[-1] for line in lines]) for key, lines in groupby(found, key=itemgetter(0, 1, 2)))
        return {run: (_summary(outline, nodes), size) for (run, size, outline), nodes in grouped}

    def everything(self) -> dict[str, Snapshot]:
        """Every run as it was last summed up."""
        found = self._ask(
            f"SELECT {COLUMNS}, size, outline, (SELECT json_group_array(summary) FROM "
            "(SELECT summary FROM node WHERE node.run = run.run ORDER BY position)) FROM run"
        )
        return {
            values[0]: Snapshot(_row(tuple(values)), _summary(outline, json.loads(nodes)), size)
            for *values, size, outline, nodes in found
        }

    def latest(self, run: str) -> Snapshot | None:
        """The run as it was last summed up, which may be a while ago."""
        found = self._ask(
            f"SELECT {COLUMNS}, size, outline, summary FROM run JOIN node USING (run) "
            "WHERE run = ? ORDER BY position",
            run,
        )
        if not found:
            return None
        *values, size, outline, _ = found[0]
        return Snapshot(_row(tuple(values)), _summary(outline, [line[-1] for line in found]), size)

    def sizes(self) -> dict[str, int]:
        """The bytes of each run's log that were taken in."""
        return dict(self._ask("SELECT run, size FROM run"))

    def ended(self) -> list[Outlined]:
        """Every run that is over, in short."""
        over = ", ".join(f"'{status}'" for status in OVER)
        found = self._ask(f"SELECT {COLUMNS}, size, outline, {_TOKENS} FROM run WHERE status IN ({over})")
        return [Outlined(_row(row[:-3]), *row[-3:]) for row in found]

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
        return os.lstat(log_of(project, run)).st_size
    except OSError:
        return -1


def _summary(outline: str, nodes: list[str]) -> RunSummary:
    from ccorch.schema.summary import NodeSummary, RunSummary

    shown = tuple(map(NodeSummary.model_validate_json, nodes))
    return RunSummary.model_validate_json(outline).model_copy(update={"nodes": shown})


def _row(values: tuple) -> KeptRow:  # type: ignore[type-arg]
    facts = dict(zip(FIELDS, values, strict=True))
    return KeptRow(**{**facts, "simulated": bool(facts["simulated"])})
