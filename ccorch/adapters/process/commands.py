"""Short commands for git and the like: no shell, exact environment, bounded output, ended as a session."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ccorch.adapters.process import group

_CHUNK = 64 << 10
_TERM_GRACE = 2.0
_LAST_READS = 64
_LOOK_AGAIN = 1.0


@dataclass(frozen=True)
class Completed:
    """What a command did."""

    rc: int
    stdout: bytes
    stderr: bytes
    timed_out: bool
    truncated: bool
    """Whether output beyond the limit was dropped."""


def run(
    argv: Sequence[str],
    *,
    cwd: Path | str,
    env: Mapping[str, str],
    timeout: float,
    stdin: bytes | None = None,
    limit_bytes: int = 16 << 20,
    unwanted: Callable[[], bool] = lambda: False,
) -> Completed:
    """Run a command with exactly `env` to its end, or end its whole group after `timeout` seconds.

    Once nobody wants it any more it is ended as if its time were over.
    """
    process = subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        exchange = _Exchange(process, stdin or b"", limit_bytes)
        timed_out = not exchange.until(time.monotonic() + timeout, unwanted)
        if timed_out:
            _end_session(process)
        exchange.finish()
    out, err = exchange.outputs
    return Completed(process.returncode, bytes(out), bytes(err), timed_out, exchange.truncated)


class _Exchange:
    """Both outputs read and the input written at once, so that no pipe can fill up and block the other."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes, limit: int) -> None:
        self._process = process
        self._input = memoryview(stdin)
        self._limit = limit
        self._selector = selectors.DefaultSelector()
        self.outputs = (bytearray(), bytearray())
        self.truncated = False
        for stream, output in ((process.stdout, self.outputs[0]), (process.stderr, self.outputs[1])):
            if stream:
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream, selectors.EVENT_READ, output)
        if process.stdin:
            os.set_blocking(process.stdin.fileno(), False)
            self._selector.register(process.stdin, selectors.EVENT_WRITE)

    def until(self, deadline: float, unwanted: Callable[[], bool]) -> bool:
        """Exchange until the command has ended; false if the deadline came first, or nobody wants it any more."""
        # A background grandchild may keep the pipes open, so the command's own end decides.
        while self._process.poll() is None:
            left = deadline - time.monotonic()
            if left <= 0 or unwanted():
                return False
            if self._selector.get_map():
                self._step(min(left, 0.05))
            else:
                self._wait(min(left, _LOOK_AGAIN))
        return True

    def finish(self) -> None:
        """Take what is already in the pipes, without waiting for more."""
        for _ in range(_LAST_READS):
            if not self._step(0.0):
                break
        self._selector.close()

    def _wait(self, seconds: float) -> None:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    def _step(self, wait: float) -> bool:
        progress = False
        for key, _ in self._selector.select(wait):
            if key.data is None:
                self._write(key.fileobj)  # type: ignore[arg-type]
            else:
                progress |= self._read(key.fileobj, key.data)  # type: ignore[arg-type]
        return progress

    def _read(self, stream: IO[bytes], output: bytearray) -> bool:
        data = os.read(stream.fileno(), _CHUNK)
        if not data:
            self._selector.unregister(stream)
            return False
        room = max(0, self._limit - len(output))
        output += data[:room]
        self.truncated |= len(data) > room
        return True

    def _write(self, stream: IO[bytes]) -> None:
        try:
            written = os.write(stream.fileno(), self._input[:_CHUNK])
        except BrokenPipeError:
            written = len(self._input)
        self._input = self._input[written:]
        if not self._input:
            self._selector.unregister(stream)
            stream.close()


def _end_session(process: subprocess.Popen[bytes]) -> None:
    leader = group.identify(process.pid)
    if leader:
        group.kill(group.session_of(leader), _TERM_GRACE)
    process.wait()
