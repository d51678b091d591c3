"""Process identities and groups for the rest of the house: who lives, who belongs together, end them safely."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable

from ccorch.adapters.process.shim.processes import (
    ProcessId,
    check_marker,
    descendants,
    identify,
    marked,
    send,
    session_of,
)

__all__ = ["ProcessId", "alive", "check_marker", "descendants", "identify", "kill", "marked", "send", "session_of"]

_LOOK_EVERY = 0.01
_AFTER_KILL = 10.0


def alive(process: ProcessId) -> bool:
    """Whether exactly this process still runs; a zombie does not."""
    return identify(process.pid) == process


def kill(processes: Iterable[ProcessId], grace: float) -> tuple[ProcessId, ...]:
    """SIGTERM, up to `grace` seconds of patience, SIGKILL; returns who is still there after all that."""
    left = tuple(processes)
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, _AFTER_KILL)):
        for process in left:
            send(process, number)
        left = _wait(left, patience)
    return left


def _wait(processes: tuple[ProcessId, ...], seconds: float) -> tuple[ProcessId, ...]:
    give_up = time.monotonic() + seconds
    left = tuple(filter(alive, processes))
    while left and time.monotonic() < give_up:
        time.sleep(_LOOK_EVERY)
        left = tuple(filter(alive, left))
    return left
