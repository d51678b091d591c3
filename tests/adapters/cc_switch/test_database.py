"""CC Switch's folder is never touched, and whatever is wrong with it is said in a sentence."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from ccorch.adapters.cc_switch.database import read
from ccorch.adapters.cc_switch.switch import CcSwitch
from tests.adapters.cc_switch.fixtures import CANARY, GLM, Provider, folder, third_party, traces

HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("PRAGMA locking_mode = EXCLUSIVE")
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def switch(home: Path) -> CcSwitch:
    return CcSwitch({"HOME": str(home)}, wait=0.1)


def ids(found: CcSwitch) -> list[str]:
    return [one.id for one in found.profiles()]


@contextmanager
def untouched(place: Path) -> Iterator[None]:
    before = traces(place)
    yield
    assert traces(place) == before


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another process holds the database exclusively."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield
        other.communicate("")


def make_wal(place: Path, *, also: str) -> None:
    """The database in WAL mode with a provider that stands in the -wal file only, as a crash leaves it."""
    with closing(sqlite3.connect(place / "cc-switch.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        settings = json.dumps(third_party(also, "https://wal.example"))
        writer.execute(
            "INSERT INTO providers (id, app_type, name, settings_config) VALUES (?, 'claude', ?, ?)",
            (also, also, settings),
        )
        kept = {suffix: (place / f"cc-switch.db{suffix}").read_bytes() for suffix in ("", "-wal", "-shm")}
    for suffix, content in kept.items():
        (place / f"cc-switch.db{suffix}").write_bytes(content)


def test_another_process_may_hold_the_database(tmp_path: Path) -> None:
    place = folder(tmp_path, (GLM,))
    with locked(place / "cc-switch.db"), untouched(place):
        assert ids(switch(tmp_path)) == ["glm"]
        assert switch(tmp_path).secret("glm") == f"{CANARY}-glm"


def test_what_stands_in_the_wal_file_counts(tmp_path: Path) -> None:
    place = folder(tmp_path, (GLM,))
    make_wal(place, also="fresh")
    with untouched(place):
        assert sorted(ids(switch(tmp_path))) == ["fresh", "glm"]


@pytest.mark.parametrize("left", [("-shm",), ("-wal",), ()])
def test_side_files_may_be_missing(tmp_path: Path, left: tuple[str, ...]) -> None:
    place = folder(tmp_path, (GLM,))
    make_wal(place, also="fresh")
    for suffix in {"-wal", "-shm"} - set(left):
        (place / f"cc-switch.db{suffix}").unlink()
    with untouched(place):
        assert sorted(ids(switch(tmp_path))) == (["fresh", "glm"] if "-wal" in left else ["glm"])


@pytest.mark.parametrize("content", [b"", b"nonsense " * 1000])
@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("wal", [False, True])
def test_side_files_may_be_nonsense(tmp_path: Path, content: bytes, suffix: str, wal: bool) -> None:
    place = folder(tmp_path, (GLM,))
    if wal:
        make_wal(place, also="fresh")
        for other in ("-wal", "-shm"):
            (place / f"cc-switch.db{other}").unlink()
    (place / f"cc-switch.db{suffix}").write_bytes(content)
    with untouched(place):
        assert "glm" in ids(switch(tmp_path))


def test_a_transaction_that_a_crash_left_half_done_is_not_seen(tmp_path: Path) -> None:
    place = folder(tmp_path / "live", (GLM,))
    with closing(sqlite3.connect(place / "cc-switch.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("PRAGMA cache_spill = 1")
        writer.execute("BEGIN")
        for number in range(500):
            writer.execute(
                "INSERT INTO providers (id, app_type, name, settings_config) VALUES (?, 'claude', 'x', ?)",
                (f"half-{number}", json.dumps({"env": {"X": "y" * 2000}})),
            )
        writer.execute("DELETE FROM providers WHERE id = 'glm'")
        crashed = tmp_path / "crashed" / ".cc-switch"
        shutil.copytree(place, crashed)
        writer.execute("ROLLBACK")
    assert (crashed / "cc-switch.db-journal").stat().st_size > 0

    with untouched(crashed):
        assert ids(switch(tmp_path / "crashed")) == ["glm"]


@pytest.mark.parametrize("wal", [False, True])
def test_a_read_only_folder_is_read(tmp_path: Path, wal: bool) -> None:
    place = folder(tmp_path, (GLM,))
    if wal:
        make_wal(place, also="fresh")
    for path in place.iterdir():
        path.chmod(0o400)
    place.chmod(0o500)
    with untouched(place):
        assert "glm" in ids(switch(tmp_path))
    place.chmod(0o700)


def test_copies_are_private_and_go_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temp))
    place = folder(tmp_path, (GLM,))
    make_wal(place, also="fresh")
    umask = os.umask(0)
    try:
        modes = read(
            place / "cc-switch.db",
            lambda _: {path.name: path.stat().st_mode & 0o777 for path in temp.rglob("*")},
        )
    finally:
        os.umask(umask)

    assert set(modes.values()) == {0o600, 0o700}
    assert {"copy.db", "copy.db-wal"} <= set(modes)
    assert list(temp.iterdir()) == []


WRITE = """
import sqlite3, sys
with_wal = sys.argv[2] == "wal"
writer = sqlite3.connect(sys.argv[1], isolation_level=None)
if with_wal:
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA wal_autocheckpoint = 5")
print("writing", flush=True)
turn = 0
while True:
    turn += 1
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE providers SET name = ?, notes = ?", (f"turn {turn}", "n" * 3000))
    writer.execute("COMMIT")
"""


@pytest.mark.parametrize("mode", ["wal", "journal"])
def test_a_busy_writer_never_shows_half_a_change(tmp_path: Path, mode: str) -> None:
    place = folder(tmp_path, [Provider(f"p{n}", "P", third_party(str(n), "https://h.example")) for n in range(40)])
    arguments = [sys.executable, "-c", WRITE, str(place / "cc-switch.db"), mode]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "writing\n"
            for _ in range(10):
                found = switch(tmp_path)
                profiles = found.profiles()
                assert len({one.name for one in profiles}) == (0 if found.problem else 1)
                assert len(profiles) == (0 if found.problem else 40)
                assert found.problem is None or "idle" in found.problem
        finally:
            writer.kill()


def cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


@pytest.mark.parametrize(
    ("size", "reason"), [(0, "is empty"), (60, "cut off after 60"), (5000, "damaged or cut off"), (512, "damaged")]
)
def test_a_truncated_database_is_named(tmp_path: Path, size: int, reason: str) -> None:
    place = folder(tmp_path)
    cut(place / "cc-switch.db", size)
    with untouched(place):
        found = switch(tmp_path)
        assert found.profiles() == ()
        assert reason in str(found.problem)


def test_a_missing_database_is_named(tmp_path: Path) -> None:
    found = switch(tmp_path)

    assert (found.profiles(), found.installed, found.prices().models) == ((), False, {})
    assert "neither cc-switch.db nor config.json" in str(found.problem)
    assert not (tmp_path / ".cc-switch").exists()


def test_a_foreign_database_is_named(tmp_path: Path) -> None:
    place = tmp_path / ".cc-switch"
    place.mkdir()
    with closing(sqlite3.connect(place / "cc-switch.db")) as database:
        database.execute("CREATE TABLE things (id)")
    assert "has no table providers" in str(switch(tmp_path).problem)

    with closing(sqlite3.connect(place / "cc-switch.db")) as database:
        database.execute("CREATE TABLE providers (id, app_type, name)")
    assert "has no column providers.settings_config" in str(switch(tmp_path).problem)


def test_no_database_at_all_is_named(tmp_path: Path) -> None:
    place = tmp_path / ".cc-switch"
    place.mkdir()
    (place / "cc-switch.db").write_bytes(b"encrypted? " * 100)
    assert "not an SQLite database" in str(switch(tmp_path).problem)

    (place / "cc-switch.db").unlink()
    (place / "cc-switch.db").mkdir()
    assert "not a regular file" in str(switch(tmp_path).problem)

    (place / "cc-switch.db").rmdir()
    os.mkfifo(place / "cc-switch.db")
    assert "not a regular file" in str(switch(tmp_path).problem)


@pytest.mark.parametrize("at", range(100, 20_000, 1111))
def test_damage_anywhere_is_a_sentence_or_harmless(tmp_path: Path, at: int) -> None:
    place = folder(tmp_path, [Provider(f"p{n}", "P", third_party(str(n), "https://h.example")) for n in range(50)])
    database = place / "cc-switch.db"
    content = bytearray(database.read_bytes())
    content[at : at + 300] = Random(at).randbytes(300)
    database.write_bytes(content)
    with untouched(place):
        found = switch(tmp_path)
        found.profiles()
        found.prices()
        assert CANARY not in f"{found.problem}{found.warnings}"


def test_a_folder_with_odd_letters_is_read(tmp_path: Path) -> None:
    home = tmp_path / "a b?c#d%20é"
    folder(home, (GLM,))

    assert ids(switch(home)) == ["glm"]


def test_links_lead_to_the_database_or_to_a_sentence(tmp_path: Path) -> None:
    real = folder(tmp_path / "real", (GLM,))
    make_wal(real, also="fresh")
    place = tmp_path / ".cc-switch"
    place.mkdir()
    (place / "cc-switch.db").symlink_to(real / "cc-switch.db")
    with untouched(real):
        assert sorted(ids(switch(tmp_path))) == ["fresh", "glm"]

    (place / "cc-switch.db").unlink()
    (place / "cc-switch.db").symlink_to(place / "cc-switch.db")
    assert "symbolic links" in str(switch(tmp_path).problem)


def test_a_thing_in_the_folders_place_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".cc-switch").write_text("a file")

    assert "neither cc-switch.db nor config.json" in str(switch(tmp_path).problem)
