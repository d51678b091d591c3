"""Tool calls that wait until the daemon has read the stream up to them, for that may have used up a limit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from .lines import Line


class Turnstile:
    """Holds lines in their order until a reader has come as far."""

    def __init__(self) -> None:
        self._read = 0
        self._held: deque[Line] = deque()

    @property
    def empty(self) -> bool:
        """Whether nobody waits."""
        return not self._held

    def holds(self, line: Line) -> bool:
        """Whether this line waits from now on; one that has been read does not."""
        if line.number <= self._read:
            return False
        self._held.append(line)
        return True

    def read(self, number: int) -> Iterator[Line]:
        """Whoever waits no more, now that all lines up to this number, from 1, have been read."""
        self._read = max(self._read, number)
        while self._held and self._held[0].number <= self._read:
            yield self._held.popleft()
