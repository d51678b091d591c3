"""A window is opened where there is one, with the caller's paths and none of the caller's secrets."""

import os
import subprocess
from functools import partial
from pathlib import Path

import pytest

from ccorch.adapters.process.windows import TerminalWindows
from ccorch.errors import ArgumentInvalid
from tests.machine import until
from tests.tmux import installed

SECRET = "sk-not-a-secret-but-treated-as-one"


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


def windows(folder: Path, **more: str) -> TerminalWindows:
    environment = {"PATH": f"{folder}/bin", "HOME": str(folder), "API_KEY": SECRET, **more}
    return TerminalWindows(["/opt/python", "-m", "ccorch"], environment)


def test_without_any_terminal_it_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ArgumentInvalid, match="no display") as said:
        windows(tmp_path).open("ccorch 1", ["show"], tmp_path)

    assert "--stream" in (said.value.hint or "")


@pytest.mark.parametrize(
    ("name", "lead"), [("x-terminal-emulator", "-e"), ("gnome-terminal", "--"), ("mine", "-e")]
)
def test_on_a_desktop_its_terminal_is_opened(tmp_path: Path, name: str, lead: str) -> None:
    told = tmp_path / "told"
    program(
        tmp_path / "bin",
        name,
        f'printf "%s\\n" "$@" > {told}.new; /usr/bin/env >> {told}.new; /bin/mv {told}.new {told}',
    )

    where = windows(tmp_path, DISPLAY=":0", TERMINAL="mine").open("ccorch 1", ["show", "a b"], tmp_path)

    until(told.exists)
    lines = told.read_text().splitlines()
    assert lines[:5] == [lead, "/opt/python", "-m", "ccorch", "show"]
    assert lines[5] == "a b", "words reach it as they are"
    assert "DISPLAY=:0" in lines
    assert SECRET not in told.read_text()
    assert where == "in a window of its own"


def test_inside_tmux_a_pane_is_opened_or_else_a_window_of_it(tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = f'echo "$@ in $PWD" >> {told}; [ "$1" = new-window ]'
    program(tmp_path / "bin", "tmux", script)

    where = windows(tmp_path, TMUX="/tmp/s,1,0", CCORCH_STATE_DIR="/s").open("ccorch 1", ["show"], tmp_path)

    pane, window = told.read_text().splitlines()
    assert pane.startswith("split-window -d ")
    assert pane.endswith(f" in {tmp_path}")
    assert "-e CCORCH_STATE_DIR=/s" in pane
    assert window.startswith("new-window -d -n ccorch 1 ")
    assert SECRET not in told.read_text()
    assert where == "in another window of tmux"


def test_a_tmux_that_refuses_is_told(tmp_path: Path) -> None:
    program(tmp_path / "bin", "tmux", "echo no space >&2; exit 1")

    with pytest.raises(ArgumentInvalid, match="no space"):
        windows(tmp_path).open("ccorch 1", ["show"], tmp_path)


def test_without_a_display_a_session_of_tmux_waits_for_its_watcher(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    installed()
    sockets = tmp_path_factory.mktemp("s")  # short, for an address is
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TMUX_TMPDIR": str(sockets),
        "LC_ALL": "C.UTF-8",
    }
    try:
        where = TerminalWindows(["cat"], environment).open("ccorch 1", ["-"], tmp_path)
        asked = ["tmux", "list-panes", "-a", "-F", "#{session_name} #{pane_current_path}"]
        listed = partial(subprocess.run, asked, env=environment, capture_output=True, text=True)
        # tmux asks the system where the command is, which it may not know at once
        until(lambda: listed().stdout.strip() == f"ccorch-1 {tmp_path.resolve()}")
        assert where == "in tmux; `tmux attach -t ccorch-1` shows it"
    finally:
        subprocess.run(["tmux", "kill-server"], env=environment, capture_output=True)


def test_the_name_of_a_project_is_no_command_of_tmux(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tmux = installed()
    folder = tmp_path / f"a#(touch {tmp_path.name}) b;"
    folder.mkdir()
    sockets = tmp_path_factory.mktemp("s")  # short, for an address is
    seen = tmp_path / "seen"
    looker = program(
        tmp_path / "look", "look", f'printf "%s\\n" "$PWD" "$@" > "{seen}.new"; mv "{seen}.new" "{seen}"'
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMUX_TMPDIR": str(sockets)}
    try:
        TerminalWindows([str(looker)], environment).open("ccorch 1", ["-C", str(folder), "show"], folder)

        until(seen.exists)
        assert seen.read_text().splitlines() == [str(folder), "-C", str(folder), "show"]
        assert not list(tmp_path.rglob(tmp_path.name))
    finally:
        subprocess.run([tmux, "kill-server"], env=environment, capture_output=True, check=False)
