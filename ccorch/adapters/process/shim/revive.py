"""Reviving the daemon: a lock that nobody holds means it died, and whoever notices starts the next one."""

from __future__ import annotations

import fcntl
import os
from typing import NamedTuple

from .child import adopt_orphans, default_signals

_EVERY = 1.0
_PATIENCE = 10.0
_SPREAD = 0.25


class DaemonSpec(NamedTuple):
    """How to tell that the daemon is gone, and how to start one that stays in the foreground."""

    lock: str
    argv: list[str]
    env: dict[str, str]
    log: str


class Reviver:
    """Looks once a second; shims start at different moments, so that many of them start one daemon."""

    def __init__(self, daemon: DaemonSpec | None) -> None:
        self._daemon = daemon
        self._next_look = 0.0
        self._not_before: float | None = None

    def tick(self, now: float) -> None:
        """Look if it is time, and revive a daemon that has been gone for this shim's share of the spread."""
        if self._daemon is None or now < self._next_look:
            return
        self._next_look = now + _EVERY
        if not _is_free(self._daemon.lock):
            self._not_before = None
        elif self._not_before is None:
            self._not_before = now + (os.getpid() % 8) * _SPREAD
            self._next_look = self._not_before
        elif now >= self._not_before:
            _spawn(self._daemon)
            self._next_look, self._not_before = now + _PATIENCE, None

    def last_look(self) -> None:
        """At the end of an attempt: nobody else may be left to notice."""
        if self._daemon is not None and _is_free(self._daemon.lock):
            _spawn(self._daemon)


def _is_free(lock: str) -> bool:
    try:
        file = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # no lock file: the state folder was removed on purpose
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


def _spawn(daemon: DaemonSpec) -> None:
    # A subreaper would become the daemon's parent, and the sweep would end the daemon and all its shims.
    adopt_orphans(False)
    try:
        middle = os.fork()
        if middle == 0:
            _detach(daemon)
        os.waitpid(middle, 0)
    except OSError:  # no process to be had: the next look tries again
        return
    finally:
        adopt_orphans(True)


def _detach(daemon: DaemonSpec) -> None:
    try:
        default_signals()
        os.setsid()
        if os.fork() == 0:
            log = os.open(daemon.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.chdir("/")
            os.execve(daemon.argv[0], daemon.argv, daemon.env)
    finally:
        os._exit(0)
