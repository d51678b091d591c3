"""A SQLite file that one process writes, many read, and that can be made again at any time."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from ccorch.adapters.files import writing
from ccorch.errors import WorkspaceUnwritable

T = TypeVar("T")

WAIT = 10.0
"""Seconds that a writer waits for another one."""

BROKEN = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
"""How SQLite's names begin for what is wrong with a file; all else, such as a lock, passes."""

MISSHAPEN = "SQLITE_ERROR"
"""Its name for a question that the tables do not fit, be it their fault or the question's."""


class _Newer(sqlite3.DatabaseError):
    """A newer ccorch made the file."""


def opened(path: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    """The file open for writing and brought up to date; a broken one, or one of a newer version, is made anew.

    Raises sqlite3.DatabaseError where the file is well but cannot be written now.
    """
    try:
        return _opened(path, migrations)
    except sqlite3.DatabaseError as problem:
        if not is_useless(problem):
            raise
        removed(path)
        return _opened(path, migrations)


def is_broken(problem: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is of no use, so that only making it anew helps."""
    return isinstance(problem, _Newer) or _name(problem).startswith(BROKEN)


def is_useless(problem: sqlite3.DatabaseError) -> bool:
    """Whether it is broken, or a question that is surely right does not fit its tables."""
    return is_broken(problem) or _name(problem) == MISSHAPEN


def removed(path: Path) -> None:
    """Delete the file and what stands beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Failures of disk and database inside become WorkspaceUnwritable."""
    try:
        with writing(path):
            yield
    except sqlite3.Error as error:
        raise WorkspaceUnwritable(f"cannot write {path}: {error}", path=str(path)) from error


def looked_into(path: Path, version: int, look: Callable[[sqlite3.Connection], T]) -> T:
    """What `look` finds in one consistent view, changing no byte; raises sqlite3.DatabaseError."""
    first, second = _modes(path)
    try:
        return _looked(path, first, version, look)
    except sqlite3.DatabaseError:
        return _looked(path, second, version, look)


def version_of(path: Path) -> int | None:
    """The number of the file's form; null when there is no file, or it cannot be read."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2.0)) as database:
            (found,) = database.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError:
        return None
    return int(found)


def _looked(path: Path, mode: str, version: int, look: Callable[[sqlite3.Connection], T]) -> T:
    uri = f"{path.absolute().as_uri()}?{mode}"
    with closing(sqlite3.connect(uri, uri=True, timeout=2.0, isolation_level=None)) as database:
        database.execute("BEGIN")
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if found != version:
            raise sqlite3.DatabaseError(f"it has version {found} instead of {version}")
        return look(database)


def _name(problem: sqlite3.DatabaseError) -> str:
    return str(getattr(problem, "sqlite_errorname", ""))


def _modes(path: Path) -> tuple[str, str]:
    """Ways to open the file for reading, best first.

    Without a write-ahead log the file is whole by itself, and `immutable` leaves no file beside it. With one it
    is needed too; where that cannot be opened, the file alone tells the past, which its readers notice.
    """
    wal = path.with_name(path.name + "-wal")
    is_live = wal.exists() and wal.stat().st_size > 0
    return ("mode=ro", "immutable=1") if is_live else ("immutable=1", "mode=ro")


def _opened(path: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    with writing(path):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(path, check_same_thread=False, timeout=WAIT)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > len(migrations):
            raise _Newer("a newer ccorch made it")
        for number, migration in enumerate(migrations[version:], version + 1):
            database.executescript(f"BEGIN; {migration}; PRAGMA user_version = {number}; COMMIT;")
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
