"""What goes to the worker's stdin: whole lines, files streamed in pieces, urgent lines first, never blocking."""

from __future__ import annotations

import os
from collections import deque

_PIECE = 64 << 10
_TURNS = 16


class Feed:
    """A queue in front of a non-blocking pipe; answers overtake messages that have not begun."""

    def __init__(self, pipe: int) -> None:
        os.set_blocking(pipe, False)
        self.pipe: int | None = pipe
        self._urgent: deque[bytes] = deque()
        self._files: deque[tuple[int, bool]] = deque()
        self._piece = memoryview(b"")
        self._source: tuple[int, bool] | None = None

    @property
    def empty(self) -> bool:
        """Whether everything queued has reached the pipe."""
        return not (self._piece or self._source or self._urgent or self._files)

    def line(self, text: bytes) -> None:
        """Queue one line before every message that has not begun."""
        self._urgent.append(text + b"\n")

    def file(self, path: str, *, as_line: bool) -> None:
        """Queue a file's bytes; `as_line` makes one JSON value of any layout a single line."""
        self._files.append((os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), as_line))

    def pump(self) -> None:
        """Write what the pipe takes now; a reader that has gone empties the queue."""
        for _ in range(_TURNS):
            if self.pipe is None or not (self._piece or self._advance()):
                return
            try:
                written = os.write(self.pipe, self._piece[:_PIECE])
            except BlockingIOError:
                return
            except BrokenPipeError:
                self.close()
                return
            self._piece = self._piece[written:]

    def close(self) -> None:
        """Close the pipe and forget what was queued."""
        if self.pipe is not None:
            os.close(self.pipe)
        for source, _ in ([self._source] if self._source else []) + list(self._files):
            os.close(source)
        self.pipe, self._source, self._piece = None, None, memoryview(b"")
        self._urgent.clear()
        self._files.clear()

    def _advance(self) -> bool:
        if self._source:
            source, as_line = self._source
            piece = os.read(source, _PIECE)
            if not piece:
                os.close(source)
                self._source = None
                piece = b"\n" if as_line else b""
            elif as_line:
                piece = piece.replace(b"\n", b" ")
            self._piece = memoryview(piece)
            return bool(piece) or self._advance()
        if self._urgent:
            self._piece = memoryview(self._urgent.popleft())
            return True
        if self._files:
            self._source = self._files.popleft()
            return self._advance()
        return False
