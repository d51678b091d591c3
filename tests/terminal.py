"""A terminal for tests: a program in a pty of a known size, everything it writes, and keys for it."""

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.machine import PATIENCE, Machine


@dataclass
class Terminal:
    """One program at one terminal."""

    process: subprocess.Popen[bytes]
    side: int
    """The descriptor of the terminal's own side."""
    shown: bytes = b""
    """Everything that was written so far."""

    def until(self, text: str) -> None:
        """Read on until this was written."""
        self._read_on(lambda: text.encode() in self.shown)

    def end(self) -> int:
        """Read on until the program has ended; its status."""
        self._read_on(lambda: False)
        return self.process.wait(PATIENCE)

    def drain(self, seconds: float) -> None:
        """Read whatever comes within that time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self._read(left):
            continue

    def type(self, keys: str) -> None:
        """Hit these keys."""
        os.write(self.side, keys.encode())

    def _read_on(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, self.shown
            if not self._read(1.0):
                return

    def _read(self, seconds: float) -> bool:
        """Take what is there; False once nobody is at the other side."""
        ready, _, _ = select.select([self.side], [], [], seconds)
        if not ready:
            return True
        try:
            piece = os.read(self.side, 65_536)
        except OSError:  # how Linux says that nobody has the other side any more
            return False
        self.shown += piece
        return bool(piece)


@contextmanager
def terminal(box: Machine, *words: str, columns: int = 80, rows: int = 20, **extra: str) -> Iterator[Terminal]:
    """`ccorch` with these words at a terminal of its own; it is ended at the end of the block."""
    here, there = os.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "ccorch", *words],
        stdin=there,
        stdout=there,
        stderr=there,
        env={**box.environment, "TERM": "xterm-256color", **extra},
        cwd=box.project,
        start_new_session=True,
    )
    os.close(there)
    made = Terminal(process, here)
    try:
        yield made
    finally:
        process.kill()
        process.wait()
        os.close(here)
        box.said.append(made.shown)
