"""The engine's SQLite file: private, in WAL mode; a broken one is set aside, never deleted."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ccorch.adapters.files import writing
from ccorch.errors import Busy, StoreUnusable, WorkspaceUnwritable

LOCKED_SECONDS = 5.0
"""How long another process may hold the file before that is told."""

_COMPANIONS = ("", "-wal", "-shm", "-journal")


class Damaged(StoreUnusable):
    """The file is no database that can be used."""


def prepare(path: Path) -> None:
    """Make the file, or see that it can be used; raises Damaged, and Busy while it is locked."""
    with writing(path):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    try:
        with closing(sqlite3.connect(path, timeout=LOCKED_SECONDS, isolation_level=None)) as database:
            _check(path, database)
    except sqlite3.Error as problem:
        raise _told(path, problem) from problem


def inspect(path: Path, seconds: float) -> None:
    """See whether the file can be used, and change nothing; raises Damaged, StoreUnusable, Busy."""
    try:
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=seconds, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
            _refuse_damage(path, database)
            known = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'workflow_status'")
            if not known.fetchone()[0]:
                raise Damaged(f"{path} lacks the tables of the engine", path=str(path))
    except sqlite3.Error as problem:
        raise _told(path, problem) from problem


def set_aside(path: Path) -> Path:
    """Rename a database that cannot be used, with what belongs to it, and tell its new name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.unusable-{number}")).exists():
        number += 1
    with writing(path):
        for companion in _COMPANIONS:
            old = path.with_name(path.name + companion)
            if os.path.lexists(old):
                os.rename(old, aside.with_name(aside.name + companion))
    return aside


def _check(path: Path, database: sqlite3.Connection) -> None:
    database.execute("PRAGMA journal_mode = WAL")  # it stays so in the file; DBOS does not set it
    database.execute("BEGIN IMMEDIATE")
    database.execute("ROLLBACK")
    _refuse_damage(path, database)


def _refuse_damage(path: Path, database: sqlite3.Connection) -> None:
    found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise Damaged(f"{path} is damaged: {found}", path=str(path))


def _told(path: Path, problem: sqlite3.Error) -> Busy | Damaged | WorkspaceUnwritable:
    match getattr(problem, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Busy(f"another process has locked {path}", hint="end it, then try again", path=str(path))
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
            return WorkspaceUnwritable(f"cannot write {path}: {problem}", path=str(path))
    return Damaged(f"{path} is no usable database: {problem}", path=str(path))
