"""Leaving nobody behind: as subreaper the shim is the last parent of every orphan, and the mark finds the rest."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from . import processes

_SECONDS = 10.0
_PAUSE = 0.005


class Sweep:
    """Ends the worker's descendants and counts those that had outlived it."""

    def __init__(self, worker: int, marker: str) -> None:
        self._worker = worker
        self._marker = marker
        self._killed: set[processes.ProcessId] = set()

    @property
    def killed(self) -> int:
        """How many processes besides the worker had to be ended."""
        return len(self._killed)

    def kill_family(self) -> None:
        """SIGKILL the worker and everyone below it."""
        self._kill(processes.descendants(os.getpid()))

    def until_clean(self, meanwhile: Callable[[], None]) -> list[processes.ProcessId]:
        """Kill until nobody is left, children born in between included; returns who could not be ended."""
        give_up = time.monotonic() + _SECONDS
        while left := processes.descendants(os.getpid()) or processes.marked(self._marker):
            if time.monotonic() > give_up:
                return left
            self._kill(left)
            meanwhile()
            time.sleep(_PAUSE)
        return []

    def _kill(self, family: list[processes.ProcessId]) -> None:
        for process in family:
            if processes.send(process, signal.SIGKILL) and process.pid != self._worker:
                self._killed.add(process)
