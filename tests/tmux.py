"""A terminal that can be looked at: tmux draws what a program sends, as a person would see it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.machine import Machine, until


@dataclass(frozen=True)
class Tmux:
    """A tmux server of its own, with one window."""

    box: Machine
    socket: Path

    def shown(self, target: str = "it") -> str:
        """What stands on the screen now."""
        return self.ask("capture-pane", "-p", "-t", target)

    def until(self, text: str, target: str = "it") -> str:
        """Wait until this stands on the screen; all of it."""
        seen = [""]

        def is_there() -> bool:
            seen[0] = self.shown(target)
            return text in seen[0]

        until(is_there, must=False)
        assert text in seen[0], seen[0]
        return seen[0]

    def hit(self, *keys: str) -> None:
        """Hit keys, by the names that tmux has for them."""
        self.ask("send-keys", "-t", "it", *keys)

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self.ask("resize-window", "-t", "it", "-x", str(columns), "-y", str(rows))

    def ask(self, *words: str) -> str:
        """Ask the server for something; what it says."""
        done = subprocess.run(self.argv(*words), env=self.environment, capture_output=True, cwd=self.box.project)
        assert done.returncode == 0, done
        self.box.said.append(done.stdout)
        return done.stdout.decode(errors="replace")

    def argv(self, *words: str) -> list[str]:
        """The command line that reaches this server and no other."""
        return ["tmux", "-u", "-f", "/dev/null", "-S", str(self.socket), *words]

    @property
    def environment(self) -> dict[str, str]:
        """What the programs in it see."""
        return {**self.box.environment, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


def installed() -> str:
    """Where tmux is; without it the test fails where CI is set, and is skipped elsewhere."""
    found = shutil.which("tmux")
    if found is None:
        said = "tmux is not installed; `make test` installs it where it may"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    return found


@contextmanager
def tmux(box: Machine, *words: str, columns: int = 80, rows: int = 20) -> Iterator[Tmux]:
    """`ccorch` with these words in a window; without words a shell waits there. Ended at the end of the block."""
    installed()
    folder = Path(tempfile.mkdtemp(prefix="ccorch-tmux-"))
    made = Tmux(box, folder / "s")
    command = [sys.executable, "-m", "ccorch", *words] if words else ["sh"]
    size = ("-x", str(columns), "-y", str(rows))
    try:
        made.ask("new-session", "-d", *size, "-s", "it", "-c", str(box.project), *command)
        yield made
    finally:
        subprocess.run(made.argv("kill-server"), env=made.environment, capture_output=True)
        shutil.rmtree(folder)
