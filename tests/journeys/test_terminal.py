"""What only somebody at a terminal notices."""

import os
import subprocess
import sys

import pytest

from tests.machine import PATIENCE, Machine


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
