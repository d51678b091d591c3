"""One daemon per user: whoever holds the flock is the daemon, and the lock dies with its process."""

import fcntl
import os
import time
from pathlib import Path

STEP = 0.02


def take(path: Path, patience: float) -> int | None:
    """The lock as an open file descriptor, or None when somebody held it for all that time (seconds).

    Shims look whether the lock is free by taking it for a moment, so one refusal does not mean another daemon.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(lock)
                return None
            time.sleep(STEP)


def is_held(path: Path) -> bool:
    """Whether a daemon lives; never creates or writes anything."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
