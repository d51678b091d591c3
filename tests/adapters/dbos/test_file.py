"""Promises of the engine's SQLite file: private, WAL, and never lost when it cannot be used."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from ccorch.adapters.dbos import file
from ccorch.errors import Busy, WorkspaceUnwritable


def test_a_new_file_is_private_and_in_wal_mode(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite"
    file.prepare(path)
    file.prepare(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(WorkspaceUnwritable):
        file.prepare(tmp_path / "db.sqlite")


def test_a_locked_file_is_busy_and_not_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "LOCKED_SECONDS", 0.05)
    path = tmp_path / "db.sqlite"
    file.prepare(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy, match="locked"):
            file.prepare(path)


@pytest.mark.parametrize("content", [b"no database", b"no database at all " * 1000])
def test_what_is_no_database_is_told_apart_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "db.sqlite"
    path.write_bytes(content)
    with pytest.raises(file.Damaged, match="no usable database"):
        file.prepare(path)

    kept = [file.set_aside(path)]
    file.prepare(path)
    kept.append(file.set_aside(path))

    assert kept[0].read_bytes() == content
    assert [aside.name for aside in kept] == ["db.sqlite.unusable-1", "db.sqlite.unusable-2"]
    assert not path.exists()


def test_a_page_that_was_overwritten_is_found(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (x)")
        database.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 500)
    content = bytearray(path.read_bytes())
    content[8192:20480] = b"\xff" * 12288
    path.write_bytes(content)

    with pytest.raises(file.Damaged):
        file.prepare(path)
