"""Windows in which a command of ours can be watched: a pane of tmux, the system's terminal, or a tmux session."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccorch.adapters.process.detached import start_detached
from ccorch.errors import ArgumentInvalid

PASSED = ("PATH", "HOME", "USER", "SHELL", "LANG", "TERM", "TZ", "TMPDIR", "DISPLAY", "XAUTHORITY", "COLORTERM")
"""Variables that a window is opened with, besides those that begin as below."""

BEGINNINGS = ("LC_", "XDG_", "CCORCH_", "TMUX", "WAYLAND_", "DBUS_", "NO_COLOR")

TERMINALS: Mapping[str, tuple[str, ...]] = {
    "x-terminal-emulator": ("-e",),
    "gnome-terminal": ("--",),
    "konsole": ("-e",),
    "kitty": (),
    "alacritty": ("-e",),
    "foot": (),
    "xterm": ("-e",),
}
"""Programs that open a terminal, and what stands between them and the command."""

SECONDS = 10.0
"""Longest wait for tmux."""

NONE = "no window can be opened: this is not tmux, there is no display with a terminal program, and no tmux"


@dataclass(frozen=True)
class TerminalWindows:
    """Answers the windows port."""

    command: Sequence[str]
    """What stands before the words of ccorch."""
    environment: Mapping[str, str]

    def check(self) -> None:
        """Find out whether a window can be opened."""
        if self._emulator() is None and self._program("tmux") is None:
            hint = "run it inside tmux, install tmux, or leave --visible away and use `ccorch show RUN --stream`"
            raise ArgumentInvalid(NONE, hint=hint)

    def open(self, title: str, words: Sequence[str], folder: Path) -> str:
        """Have `ccorch` run with these words in a window; where it is, in words."""
        self.check()
        argv = [*self.command, *words]
        if self.environment.get("TMUX") and self._program("tmux"):
            return self._beside(title, argv, folder)
        found = self._emulator()
        if found is not None:
            start_detached([*found, *argv], self._passed(), Path(os.devnull))
            return "in a window of its own"
        name = title.replace(" ", "-")
        self._tmux(["new-session", "-d", "-s", name, *self._told(), *argv], folder)
        return f"in tmux; `tmux attach -t {name}` shows it"

    def _beside(self, title: str, argv: Sequence[str], folder: Path) -> str:
        """In the tmux that we are in: below if there is room, else in a window."""
        rest = [*self._told(), *argv]
        try:
            self._tmux(["split-window", "-d", *rest], folder)
        except ArgumentInvalid:
            self._tmux(["new-window", "-d", "-n", title, *rest], folder)
            return "in another window of tmux"
        return "in the pane below"

    def _told(self) -> list[str]:
        """What tmux, whose server has an environment of its own, tells the command; paths and looks, no secret."""
        names = ("HOME", "PATH", "NO_COLOR")
        told = {
            name: value
            for name, value in self.environment.items()
            if name in names or name.startswith(("CCORCH_", "XDG_"))
        }
        return [part for name, value in told.items() for part in ("-e", f"{name}={value}")]

    def _tmux(self, words: Sequence[str], folder: Path) -> None:
        """Have tmux do it in the folder; given as -c, a name with `#(` in it would be a command that tmux runs."""
        try:
            done = subprocess.run(
                ["tmux", *map(_whole, words)],
                cwd=folder,
                env=self._passed(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise ArgumentInvalid(f"tmux opens no window: {problem}") from problem
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise ArgumentInvalid(f"tmux opens no window: {said[:200]}")

    def _emulator(self) -> list[str] | None:
        """The terminal program of a desktop, with what stands before the command."""
        if not (self.environment.get("DISPLAY") or self.environment.get("WAYLAND_DISPLAY")):
            return None
        own = self.environment.get("TERMINAL", "")
        for name in (*([own] if own else []), *TERMINALS):
            program = self._program(name)
            if program is not None:
                return [program, *TERMINALS.get(Path(name).name, ("-e",))]
        return None

    def _program(self, name: str) -> str | None:
        return shutil.which(name, path=self.environment.get("PATH"))

    def _passed(self) -> dict[str, str]:
        return {
            name: value for name, value in self.environment.items() if name in PASSED or name.startswith(BEGINNINGS)
        }


def _whole(word: str) -> str:
    """The word for tmux, for which one that ends with a semicolon would end the command, too."""
    return f"{word[:-1]}\\;" if word.endswith(";") else word
