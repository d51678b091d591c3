"""Promises of adapters/files.py: whole or not at all, for the owner only, never through a link."""

import os
import stat
from pathlib import Path

import pytest

from ccorch.adapters.files import make_private_dir, open_below, read_limited, write_private
from ccorch.errors import RunCorrupt, WorkspaceUnwritable
from tests.disk import files_end_at


def test_a_file_is_for_its_owner_only_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_private(tmp_path / "a", b"1")
    write_private(tmp_path / "a", b"2")

    assert (tmp_path / "a").read_bytes() == b"2"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("size", [0, 1, 9])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, size: int) -> None:
    write_private(tmp_path / "a", b"old")

    with files_end_at(size), pytest.raises(WorkspaceUnwritable, match="too large"):
        write_private(tmp_path / "a", b"0123456789")

    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_a_link_is_neither_written_nor_read_nor_entered(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f").write_bytes(b"kept")
    (tmp_path / "folder").symlink_to("outside")
    (tmp_path / "file").symlink_to("outside/f")

    with pytest.raises(WorkspaceUnwritable, match="symbolic link"):
        write_private(tmp_path / "file", b"new")
    with pytest.raises(WorkspaceUnwritable, match="symbolic link"):
        make_private_dir(tmp_path / "folder" / "new", tmp_path)
    with pytest.raises(OSError):
        open_below(tmp_path, "folder/f")
    with pytest.raises(OSError):
        open_below(tmp_path, "file")

    assert os.listdir(tmp_path / "outside") == ["f"]
    assert (tmp_path / "outside" / "f").read_bytes() == b"kept"


def test_the_error_names_the_path_and_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(WorkspaceUnwritable, match=r"cannot write .*file/x: Not a directory"):
        write_private(tmp_path / "file" / "x", b"")


def test_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    make_private_dir(tmp_path / "a" / "b", tmp_path)

    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b")] == [0o700, 0o700]


def test_only_regular_files_up_to_the_limit_are_read(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"12345")
    os.mkfifo(tmp_path / "pipe")

    assert read_limited(tmp_path / "big", 5) == b"12345"
    with pytest.raises(RunCorrupt, match="larger than 4 bytes"):
        read_limited(tmp_path / "big", 4)
    with pytest.raises(OSError, match="not a regular file"):
        read_limited(tmp_path / "pipe", 5)
