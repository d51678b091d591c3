"""The command channel: JSON lines that arrive through a FIFO and never end with their sender."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator

_MAX_LINE = 64 << 10


class Channel:
    """The FIFO `stdin` of an attempt folder, open at both ends so that no sender's end is its end."""

    def __init__(self, folder: str, complain: Callable[[str], None]) -> None:
        path = os.path.join(folder, "stdin")
        os.mkfifo(path, 0o600)
        self.pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        self._complain = complain
        self._rest = b""

    def commands(self) -> Iterator[dict[str, object]]:
        """What has arrived; a malformed line is noted and skipped."""
        try:
            data = self._rest + os.read(self.pipe, _MAX_LINE)
        except BlockingIOError:
            return
        *lines, self._rest = data.split(b"\n")
        if len(self._rest) > _MAX_LINE:
            self._complain("a command without end was dropped")
            self._rest = b""
        for line in filter(None, lines):
            command = self._parse(line)
            if command is not None:
                yield command

    def _parse(self, line: bytes) -> dict[str, object] | None:
        try:
            command = json.loads(line)
        except (ValueError, RecursionError):
            command = None
        if isinstance(command, dict) and isinstance(command.get("do"), str):
            return command
        self._complain(f"not a command: {line[:200]!r}")
        return None
