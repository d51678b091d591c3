"""Starts a process that outlives its starter."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_started: list[subprocess.Popen[bytes]] = []
"""Kept so that one which ends while we live is collected at the next start instead of staying a zombie."""


def start_detached(argv: Sequence[str], env: Mapping[str, str], log: Path) -> int:
    """Start in a session of its own, without a terminal, both outputs appended to a private log; gives its pid.

    Raises OSError when it cannot be executed or the log cannot be opened.
    """
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(
            list(argv),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            start_new_session=True,
            close_fds=True,
        )
    finally:
        os.close(out)
    for ended in [known for known in _started if known.poll() is not None]:
        _started.remove(ended)
    _started.append(process)
    return process.pid
