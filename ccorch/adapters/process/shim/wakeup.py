"""Signals as something to poll for: a pipe that becomes readable when one arrives."""

from __future__ import annotations

import os
import signal


class Wakeup:
    """Wakes a poll on SIGCHLD and SIGTERM; SIGINT and SIGHUP, a terminal's business, are ignored."""

    def __init__(self) -> None:
        self.pipe, notify = os.pipe()
        self.asked_to_stop = False
        os.set_blocking(self.pipe, False)
        os.set_blocking(notify, False)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGCHLD, self._on_signal)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.set_wakeup_fd(notify, warn_on_full_buffer=False)

    def clear(self) -> None:
        """Forget the wake-ups so far."""
        try:
            os.read(self.pipe, 4096)
        except BlockingIOError:
            pass

    def _on_signal(self, number: int, _frame: object) -> None:
        self.asked_to_stop = self.asked_to_stop or number == signal.SIGTERM
