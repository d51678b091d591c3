"""Databases of every earlier form become what a new one is, and keep what they hold."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from ccorch.adapters import small_database
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.looking import MIGRATIONS as INDEX
from ccorch.adapters.small_database import opened, version_of
from ccorch.adapters.usage.tables import MIGRATIONS as USAGE
from ccorch.errors import WorkspaceUnwritable

FORMS = [(migrations, number) for migrations in (INDEX, USAGE) for number in range(1, len(migrations) + 1)]


def tables(database: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """Every table and index with its columns."""
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master ORDER BY name")]
    return {name: [row[1:3] for row in database.execute(f"PRAGMA table_info({name})")] for name in names}


@pytest.mark.parametrize(("migrations", "number"), FORMS)
def test_an_earlier_form_is_brought_up_to_date(tmp_path: Path, migrations: Sequence[str], number: int) -> None:
    assert version_of(tmp_path / "old") is None
    with closing(opened(tmp_path / "old", migrations[:number])) as database:
        database.execute("CREATE TABLE witness (word TEXT)")
        database.execute("INSERT INTO witness VALUES ('kept')")
        database.commit()
    assert version_of(tmp_path / "old") == number

    with closing(opened(tmp_path / "old", migrations)) as old, closing(opened(tmp_path / "new", migrations)) as new:
        assert old.execute("SELECT word FROM witness").fetchall() == [("kept",)]
        old.execute("DROP TABLE witness")
        assert tables(old) == tables(new)
    assert version_of(tmp_path / "old") == len(migrations)


def test_a_file_that_another_process_writes_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_database, "WAIT", 0.0)
    with closing(opened(tmp_path / "old", INDEX[:1])) as other:
        other.execute("CREATE TABLE witness (word TEXT)")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WorkspaceUnwritable, match="old: database is locked"):
            Index(tmp_path / "old")
        other.execute("INSERT INTO witness VALUES ('kept')")
        other.commit()

    with closing(opened(tmp_path / "old", INDEX)) as database:
        assert database.execute("SELECT word FROM witness").fetchall() == [("kept",)]
