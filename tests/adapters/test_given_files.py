"""Files that others write are read within bounds, whatever lies in their place."""

import os
from pathlib import Path

import pytest

from ccorch.adapters.files import read_given


def test_a_file_is_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"content")
    (tmp_path / "link").symlink_to("real")

    assert read_given(tmp_path / "link", 7) == (b"content", None)


@pytest.mark.parametrize("name", ["none", "real/below"])
def test_where_there_is_no_file_nothing_is_wrong(tmp_path: Path, name: str) -> None:
    (tmp_path / "real").touch()

    assert read_given(tmp_path / name, 9) == (None, None)


@pytest.mark.parametrize("kind", ["fifo", "folder", "device", "null byte", "too large"])
def test_whatever_else_is_there_is_told_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "there"
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "device":
            path.symlink_to("/dev/zero")
        case "null byte":
            path = tmp_path / "a\0b"
        case "too large":
            path.write_bytes(bytes((1 << 20) + 1))

    content, problem = read_given(path, 1 << 20)

    assert content is None
    assert problem
