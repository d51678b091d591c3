"""What the engine's SQLite file says is not over, read without DBOS and without writing a byte."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ccorch.adapters.dbos.flow import FLOW
from ccorch.errors import StoreUnusable

_ALIVE = (
    "SELECT workflow_uuid, application_version FROM workflow_status "
    "WHERE status IN ('ENQUEUED', 'PENDING') ORDER BY created_at"
)


@dataclass(frozen=True)
class Pending:
    """A run or an attempt that is not over by the database."""

    id: str
    flow: str

    @property
    def is_stranded(self) -> bool:
        """Whether it was begun by a ccorch whose rows this one does not take up."""
        return self.flow != FLOW


def pending(path: Path) -> tuple[Pending, ...]:
    """Everything that is not over, oldest first; nothing where there is no file. Raises StoreUnusable."""
    if not path.exists():
        return ()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)) as database:
            rows = database.execute(_ALIVE).fetchall()
    except sqlite3.Error as problem:
        raise StoreUnusable(f"{path} cannot be read: {problem}", path=str(path)) from problem
    return tuple(Pending(id, flow or "") for id, flow in rows)
