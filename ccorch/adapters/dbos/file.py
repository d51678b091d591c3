"""The engine's SQLite file: private, on a local disk, in WAL mode; a broken one is set aside, never deleted."""

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from ccorch.adapters.files import writing
from ccorch.errors import Busy, StoreUnusable, WorkspaceUnwritable

LOCKED_SECONDS = 5.0
"""How long another process may hold the file before that is told."""

NETWORK = frozenset(
    (
        *("9p", "afs", "beegfs", "ceph", "cifs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"),
        *("ocfs2", "orangefs", "pvfs2", "smb3", "smbfs"),
        *("fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    )
)
"""File systems on which SQLite's locks cannot be trusted."""

_MOUNTS = Path("/proc/self/mountinfo")
_COMPANIONS = ("", "-wal", "-shm", "-journal")


class Damaged(StoreUnusable):
    """The file is no database that can be used."""


def prepare(path: Path) -> None:
    """Make the file, or see that it can be used; raises Damaged, StoreUnusable, and Busy while it is locked."""
    refuse_network(path)
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


def refuse_network(path: Path, mounts: str | None = None) -> None:
    """Raise StoreUnusable when the folder lies on a network file system."""
    kind = filesystem(path.parent, mounted() if mounts is None else mounts)
    if kind in NETWORK:
        raise StoreUnusable(
            f"{path.parent} lies on {kind}, where SQLite's locks cannot be trusted",
            hint="name a folder on a local disk with CCORCH_STATE_DIR, or use engine.store=postgres",
            path=str(path),
        )


def filesystem(folder: Path, mounts: str) -> str:
    """Kind of the file system that a folder lies on, by the system's list of mounts; empty when that is unknown."""
    here = os.path.realpath(folder)
    best, kind = "", ""
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        if not rest or len(fields.split(" ")) < 5:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields.split(" ")[4])
        if (here == point or here.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, rest.split(" ")[0]  # of two at one place the later one hides the first
    return kind


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


def mounted() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
