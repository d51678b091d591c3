"""Starting the worker: exact environment, own session, death with its parent, recorded before it runs."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, NoReturn

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


class Child(NamedTuple):
    """A started worker and our ends of its pipes."""

    pid: int
    stdin: int
    stdout: int
    stderr: int


class StartFailed(Exception):
    """The worker could not be started; the text says what the kernel answered."""


def start(argv: Sequence[str], env: Mapping[str, str], cwd: str, record: Callable[[int], None]) -> Child:
    """Fork, let `record` write down the pid, and only then let the worker run.

    Raises StartFailed where the program cannot be run. A child that is killed before it runs has started, and its
    status tells its end as that of any other.
    """
    (in_read, in_write), (out_read, out_write), (err_read, err_write) = os.pipe(), os.pipe(), os.pipe()
    (go_read, go_write), (failed_read, failed_write) = os.pipe(), os.pipe()
    shim = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(go_write)
        _become(argv, env, cwd, (in_read, out_write, err_write), go_read, failed_write, shim)
    for end in (in_read, out_write, err_write, go_read, failed_write):
        os.close(end)
    try:
        record(pid)
        os.write(go_write, b"g")
    except BrokenPipeError:  # somebody killed it
        pass
    finally:
        os.close(go_write)
    with open(failed_read, "rb") as failed:
        complaint = failed.read().decode("utf-8", "replace")
    if complaint:
        os.waitpid(pid, 0)
        raise StartFailed(complaint)
    return Child(pid, in_write, out_read, err_read)


def adopt_orphans(on: bool) -> None:
    """Become, or stop being, the parent of descendants whose own parent dies."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)


def default_signals() -> None:
    """Undo in a fork what Python and our parents set, so that the next program starts as from a shell."""
    signal.set_wakeup_fd(-1)
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGCHLD", "SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _become(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: str,
    streams: tuple[int, int, int],
    go: int,
    failed: int,
    shim: int,
) -> NoReturn:
    doing = "start"
    try:
        default_signals()
        os.setsid()
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != shim or not os.read(go, 1):
            os._exit(127)
        doing = f"enter {cwd}"
        os.chdir(cwd)
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
        doing = f"execute {argv[0]}"
        os.execve(argv[0], list(argv), env)
    except (OSError, ValueError, TypeError) as error:
        os.write(failed, f"cannot {doing}: {error}"[:2000].encode("utf-8", "replace"))
    finally:
        os._exit(127)
