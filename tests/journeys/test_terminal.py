"""What only somebody at a terminal notices."""

import os
import re
import subprocess
import sys

import pytest

from tests.journeys.kit import PLAIN
from tests.machine import PATIENCE, Machine
from tests.terminal import terminal


@pytest.mark.parametrize(("bell", "rings"), [("true", True), ("false", False)])
def test_the_bell_rings_at_the_end_when_it_is_asked_to(box: Machine, bell: str, rings: bool) -> None:
    shown = on_a_terminal(box, "worker=simulated", "profile=scripted", "task=x", f"notify.bell={bell}")

    assert b"done" in shown
    assert (b"\a" in shown) is rings


def on_a_terminal(box: Machine, *words: str) -> bytes:
    """Everything a terminal shows while the command runs."""
    here, there = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ccorch", *words],
        stdin=subprocess.DEVNULL,
        stdout=there,
        stderr=there,
        env=box.environment,
        cwd=box.project,
    )
    os.close(there)
    shown = b""
    with os.fdopen(here, "rb", buffering=0) as screen:
        try:
            while piece := screen.read(65_536):
                shown += piece
        except OSError:  # how Linux says that nobody has the other side any more
            pass
    box.said.append(shown)
    assert process.wait(PATIENCE) == 0, shown
    return shown


SLOWLY = """\
# Reads a file, then says something without an end.
default:
  - tools: [{name: Read, input: {file_path: "{{cwd}}/app.py"}}]
  - {text: "WORDS", hold: /never/there}
"""


def test_what_is_going_on_stands_below_what_was_decided_and_is_gone_at_the_end(box: Machine) -> None:
    script = box.root / "slowly.yaml"
    script.write_text(SLOWLY.replace("WORDS", "word " * 400))
    words = (*PLAIN, "role=review", f"script={script}", "task=look")
    with terminal(box, *words, columns=90, COLUMNS="", NO_COLOR="1") as seen:
        seen.until("Read app.py")
        assert box.ccorch("stop", "--reason", "seen").status == 0
        status = seen.end()

    shown = seen.shown.decode().replace("\r\n", "\n")
    assert status == 1, shown
    _, *frames = shown.split("\x1b[J")
    going_on = next(frame for frame in frames if "Read " in frame)
    assert "app.py" in going_on
    assert "[.........." in going_on
    assert "of $" in going_on
    drawn = [line for frame in frames[:-1] for line in re.sub(r"\x1b\[\?7[lh]", "", frame).splitlines()]
    assert max(map(len, drawn)) <= 90
    assert "says:" not in shown, "what goes on does not scroll by"
    assert "stop asked from terminal" in shown
    assert "run cancelled\n\nrun " in frames[-1], "the result stands where the frames were"
    assert re.search(r"\x1b\[[0-9]*m", shown) is None, "NO_COLOR holds for frames too"
