"""Promises of the layout: names are safe, the project's own files are left, the socket's address is short."""

import os
from pathlib import Path

import pytest

from ccorch.adapters.run_folder.layout import LONGEST_SOCKET, Layout, State
from ccorch.errors import CcorchError, WorkspaceUnwritable
from ccorch.ports import AttemptId


def test_the_workspace_ignores_itself_and_leaves_the_projects_ignore_file(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")

    Layout(tmp_path).make()

    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert (tmp_path / ".agent-workspace" / ".gitignore").read_text() == "*\n"
    assert Layout(tmp_path).runs.is_dir()


def test_a_workspace_that_a_repository_links_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".agent-workspace").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(WorkspaceUnwritable, match="symbolic link"):
        Layout(tmp_path / "project").make()

    assert os.listdir(tmp_path / "elsewhere") == []


def test_no_workspace_is_made_where_no_project_is(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceUnwritable):
        Layout(tmp_path / "missing").make()

    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "0123456789abcdeF", "0123456789abcdef/x", "0" * 17])
def test_what_is_no_run_id_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(CcorchError):
        Layout(tmp_path).run(name)
    with pytest.raises(CcorchError):
        State(tmp_path).attempt(AttemptId(name, "a", 1))


@pytest.mark.parametrize("node", ["", "..", ".a", "a/b", "A", "a\n"])
def test_what_is_no_node_id_is_no_path(tmp_path: Path, node: str) -> None:
    with pytest.raises(CcorchError):
        Layout(tmp_path).attempt(AttemptId("0" * 16, node, 1), "prompt.md")


def test_the_state_folder_is_where_the_environment_says(tmp_path: Path) -> None:
    home, xdg, own = (str(tmp_path / name) for name in "hxo")

    assert State.of({"HOME": home}).root == Path(home, ".local/state/ccorch")
    assert State.of({"HOME": home, "XDG_STATE_HOME": xdg}).root == Path(xdg, "ccorch")
    assert State.of({"HOME": home, "XDG_STATE_HOME": xdg, "CCORCH_STATE_DIR": own}).root == Path(own)
    assert State.of({"HOME": home, "XDG_STATE_HOME": "rel"}).root == Path(home, ".local/state/ccorch")


def test_a_runtime_folder_that_is_another_one_from_each_place_is_none(tmp_path: Path) -> None:
    home, run = str(tmp_path), str(tmp_path / "run")

    assert State.of({"HOME": home, "XDG_RUNTIME_DIR": run}).runtime == Path(run)
    assert [State.of({"HOME": home, "XDG_RUNTIME_DIR": name}).runtime for name in ("", "rel")] == [Path("/tmp")] * 2


def test_a_long_state_folder_still_has_a_socket_that_can_be_bound(tmp_path: Path) -> None:
    runtime = tmp_path / "r"
    runtime.mkdir()
    long = State(tmp_path / ("x" * 120), runtime)
    long.make()

    assert State(tmp_path / "s").socket == tmp_path / "s" / "daemon.sock"
    assert long.socket.parent.stat().st_mode & 0o077 == 0
    assert len(os.fsencode(State(Path("/home") / ("x" * 120)).socket)) <= LONGEST_SOCKET
    assert long.socket != State(tmp_path / ("y" * 120), runtime).socket


def test_a_state_folder_that_others_may_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s").chmod(0o777)

    with pytest.raises(WorkspaceUnwritable, match="others may write") as problem:
        State(tmp_path / "s").make()

    assert problem.value.hint == f"chmod 700 {tmp_path / 's'}"
