"""Promises of retention: what is due goes, whatever its rights are, and one odd folder keeps no other."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ccorch.adapters.daemon.retention import DAY, Over, Retention, delete
from ccorch.adapters.run_folder.layout import State
from tests.run_kit import OTHER_RUN, RUN

NOBODY = 65534


@contextmanager
def ordinary() -> Iterator[Path]:
    """A folder of a user to whom rights mean something, as that user."""
    root = Path(tempfile.mkdtemp(dir="/tmp"))
    me = os.geteuid()
    if me == 0:
        os.chown(root, NOBODY, -1)
        os.seteuid(NOBODY)
    try:
        yield root
    finally:
        os.seteuid(me)
        delete(root)


def evidence(state: State, run: str, over: Over | None) -> Path:
    folder = state.private(run)
    (folder / "main" / "1" / "cache").mkdir(parents=True)
    (folder / "main" / "1" / "cache" / "module").write_text("x")
    if over:
        Retention(state).begin(run, over)
    return folder


def test_what_is_due_goes_and_the_rest_stays(tmp_path: Path) -> None:
    state = State(tmp_path)
    due = evidence(state, RUN, Over(at=0.0, keep_raw=1))
    kept = evidence(state, OTHER_RUN, Over(at=1.0, keep_raw=1))
    live = evidence(state, "f" * 16, None)

    Retention(state).tidy(DAY)

    assert (due.exists(), kept.exists(), live.exists()) == (False, True, True)


def test_folders_that_their_owner_may_not_write_are_deleted_too() -> None:
    with ordinary() as root:
        state = State(root)
        folder = evidence(state, RUN, Over(at=0.0, keep_raw=0))
        (folder / "main" / "1" / "cache").chmod(0o555)
        (folder / "main" / "1").chmod(0o000)

        Retention(state).tidy(1.0)

        assert not folder.exists()


def test_nothing_behind_a_link_is_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o555)
    folder = evidence(State(tmp_path), RUN, Over(at=0.0, keep_raw=0))
    (folder / "link").symlink_to(tmp_path / "mine")

    Retention(State(tmp_path)).tidy(1.0)

    assert not folder.exists()
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o555


@pytest.mark.parametrize("content", [b"", b"[]", b'{"at": "x"}', b'{"at": null, "keep_raw": "7"}', b"\xff"])
def test_a_term_that_cannot_be_read_is_the_usual_one(tmp_path: Path, content: bytes) -> None:
    state = State(tmp_path)
    folder = evidence(state, RUN, Over(at=0.0, keep_raw=0))
    state.ended(RUN).write_bytes(content)
    os.utime(state.ended(RUN), (1000.0, 1000.0))

    Retention(state).tidy(1000.0 + 6 * DAY)
    assert folder.exists()

    Retention(state).tidy(1000.0 + 7 * DAY)
    assert not folder.exists()


def test_a_folder_that_cannot_be_deleted_is_told_and_keeps_no_other(capfd: pytest.CaptureFixture[str]) -> None:
    with ordinary() as root:
        state = State(root)
        stuck, free = (evidence(state, run, Over(at=0.0, keep_raw=0)) for run in (RUN, OTHER_RUN))
        euid = os.geteuid()
        if euid == NOBODY:
            os.seteuid(0)
            foreign = stuck / "main" / "foreign"
            foreign.mkdir()
            (foreign / "x").write_text("x")
            os.seteuid(NOBODY)

        Retention(state).tidy(1.0)

        assert not free.exists()
        if euid == NOBODY:
            assert stuck.exists()
            assert f"run {RUN} cannot be deleted" in capfd.readouterr().out
            os.seteuid(0)
