"""Reading CC Switch's database without leaving a trace: no byte, time or side file of its folder changes."""

import os
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

WAIT = 2.0
"""Seconds to wait for another process."""
LOCKED = 0.2
"""Seconds to wait for a lock before a copy is read, which knows none."""
TICK = 0.01
"""Seconds within which two writes may bear the same time."""
MAGIC = b"SQLite format 3\0"
SIDE_FILES = ("-journal", "-wal")
"""What a database may need to be whole; the -shm file is rebuilt and never copied."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT)
_BACKUPS = "CC Switch keeps copies in its folder backups/"


class Unreadable(Exception):
    """The database cannot be read; the sentence says why and what to do."""


def read(path: Path, work: Callable[[sqlite3.Connection], T], wait: float = WAIT) -> T:
    """What `work` reads in one consistent view of the database."""
    path = Path(os.path.realpath(path))  # side files lie beside the file that a link leads to
    header = _header(path)
    try:
        if _is_alone(path, header):
            began, before = time.time(), _stamps(path)
            mode = "mode=ro&immutable=1" if _is_wal(header) else "mode=ro"
            found = _ask(path, mode, work, min(wait, LOCKED))
            if not _is_wal(header) or _is_untouched(path, before, began):
                return found
    except sqlite3.OperationalError:
        pass  # locked, or a rollback is due that only a writer may do: a copy knows no locks
    except sqlite3.Error as problem:
        if not _is_wal(header):
            raise Unreadable(_reason(path, problem)) from None
    with _copy(path, wait) as copy:
        try:
            return _ask(copy, "mode=rw", work, wait)
        except sqlite3.Error as problem:
            raise Unreadable(_reason(path, problem)) from None


def is_there(path: Path) -> bool:
    """Whether the path leads to anything; one that cannot be looked at counts, so that reading says why."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def columns(database: sqlite3.Connection, table: str) -> frozenset[str]:
    """The columns that a table has; none when there is no such table."""
    return frozenset(name for (name,) in database.execute("SELECT name FROM pragma_table_info(?)", (table,)))


def select(
    database: sqlite3.Connection, table: str, wanted: Sequence[str], *, by: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """Rows with the wanted columns, null where the table has none; conditions on missing columns are left out."""
    have = columns(database, table)
    if not have:
        return []
    listed = ", ".join(name if name in have else f"NULL AS {name}" for name in wanted)
    fits = {name: value for name, value in (by or {}).items() if name in have}
    where = " WHERE " + " AND ".join(f"{name} = ?" for name in fits) if fits else ""
    found = database.execute(f"SELECT {listed} FROM {table}{where}", tuple(fits.values()))
    return [dict(zip(wanted, row, strict=True)) for row in found]


def version(database: sqlite3.Connection) -> int:
    """The schema version that the file claims."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _ask(path: Path, mode: str, work: Callable[[sqlite3.Connection], T], wait: float) -> T:
    with closing(sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True, timeout=wait, isolation_level=None)) as found:
        found.text_factory = lambda content: content.decode("utf-8", "replace")
        found.execute("PRAGMA trusted_schema = OFF")
        found.execute("BEGIN")
        return work(found)


def _header(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable(f"{path} is not a regular file")
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as problem:
        raise Unreadable(f"{path} cannot be read: {problem.strerror}") from None
    if not header:
        raise Unreadable(f"{path} is empty; start CC Switch once so that it fills it")
    if not header.startswith(MAGIC):
        raise Unreadable(f"{path} is not an SQLite database, or it is encrypted")
    if len(header) < 100:
        raise Unreadable(f"{path} is cut off after {len(header)} bytes; {_BACKUPS}")
    return header


def _is_wal(header: bytes) -> bool:
    return 2 in header[18:20]


def _is_alone(path: Path, header: bytes) -> bool:
    """Whether opening the file where it lies makes or changes no side file."""
    wal = _stamp(_beside(path, "-wal"))
    # an empty -wal means nothing to a WAL database, but switches any other one to WAL
    return wal is None or (_is_wal(header) and wal[1] == 0)


@contextmanager
def _copy(path: Path, wait: float) -> Iterator[Path]:
    """The database and what completes it, as they stood together at one moment, for the owner only."""
    with tempfile.TemporaryDirectory(prefix="ccorch-") as folder:
        copy = Path(folder) / "copy.db"
        deadline = time.monotonic() + wait
        while True:
            began, before = time.time(), _stamps(path)
            for suffix in ("", *SIDE_FILES):
                _copy_file(_beside(path, suffix), _beside(copy, suffix))
            if _is_untouched(path, before, began):
                break
            if time.monotonic() > deadline:
                raise Unreadable(f"{path} is being written all the time; try again when CC Switch is idle")
            time.sleep(TICK)
        yield copy


def _copy_file(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        with (
            source.open("rb") as file,
            open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy,
        ):
            shutil.copyfileobj(file, copy, 1 << 20)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
    except OSError as problem:
        raise Unreadable(f"{source} cannot be copied: {problem.strerror}") from None


def _is_untouched(path: Path, before: tuple[tuple[int, int] | None, ...], began: float) -> bool:
    """Whether nobody wrote since; a write in the same tick of the file system's clock would not show."""
    fresh = range(int((began - TICK) * 1e9), int((time.time() + TICK) * 1e9))
    return _stamps(path) == before and not any(stamp[0] in fresh for stamp in before if stamp)


def _stamps(path: Path) -> tuple[tuple[int, int] | None, ...]:
    return tuple(_stamp(_beside(path, suffix)) for suffix in ("", *SIDE_FILES))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _reason(path: Path, problem: sqlite3.Error) -> str:
    code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{path} is locked by another process; try again when CC Switch is idle"
    if code in _DAMAGED:
        return f"{path} is damaged or cut off; {_BACKUPS}"
    if code == sqlite3.SQLITE_NOTADB:
        return f"{path} is not an SQLite database, or it is encrypted"
    return f"{path} cannot be read ({getattr(problem, 'sqlite_errorname', 'unknown error')})"
