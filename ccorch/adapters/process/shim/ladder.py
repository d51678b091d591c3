"""The stop ladder: ask, ask again by signal, insist, end; each rung only if the one before did not help."""

from __future__ import annotations

import signal
from collections.abc import Callable

_INTERRUPT_WAIT = 1.0
_SIGINT_WAIT = 1.0


class Ladder:
    """Climbs from an interrupt, which keeps the result, to SIGKILL, which keeps nothing."""

    def __init__(self, grace: float, signal_worker: Callable[[int], None], kill_all: Callable[[], None]) -> None:
        self._grace = grace
        self._signal = signal_worker
        self._kill_all = kill_all
        self._rungs: list[tuple[Callable[[], None], float]] = []
        self._next = 0.0
        self.reason = ""
        self.detail = ""

    @property
    def climbing(self) -> bool:
        return bool(self.reason)

    def start(self, reason: str, detail: str, now: float, interrupt: Callable[[], None] | None) -> None:
        """Begin to stop for this reason; a later reason changes nothing."""
        if self.climbing:
            return
        self.reason, self.detail, self._next = reason, detail, now
        if interrupt:
            self._rungs.append((interrupt, _INTERRUPT_WAIT))
        self._rungs += [
            (lambda: self._signal(signal.SIGINT), _SIGINT_WAIT),
            (lambda: self._signal(signal.SIGTERM), self._grace),
        ]

    def tick(self, now: float) -> None:
        """Take the next rung when the last one has had its time; the top one is repeated until it holds."""
        if not self.climbing or now < self._next:
            return
        act, wait = self._rungs.pop(0) if self._rungs else (self._kill_all, 1.0)
        self._next = now + wait
        act()
