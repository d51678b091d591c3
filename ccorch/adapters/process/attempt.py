"""The daemon's side of a shim: start one, adopt those that run, command them, clear up after lost ones."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ccorch.adapters.process import group, shim
from ccorch.rules.amounts import limit

State = Literal["absent", "running", "ended", "lost"]
"""Never started · the shim lives · `exit.json` says how it ended · the shim was killed and left no record."""

_MAX_COMMAND = 4096
_SWEEP_GRACE = 2.5
_LOCK_SECONDS = 10.0
_OPEN_SECONDS = 10.0
_END_SECONDS = 45.0
"""More than a shim's own ladder, sweep and record may take."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Running:
    """A shim that this process started."""

    folder: Path
    shim: subprocess.Popen[bytes]

    def poll(self) -> bool:
        """Whether the shim still runs; collects it once it has ended, so that no zombie remains."""
        return self.shim.poll() is None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the shim's end; false if `timeout` seconds were not enough."""
        try:
            self.shim.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True


def start(folder: Path, spec: Mapping[str, Any], fence: Mapping[str, Any] | None, message: bytes) -> Running:
    """Start the attempt that lives in `folder`; FileExistsError if it was ever started before."""
    group.check_marker(str(spec["marker"]))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        # Held before spec.json exists, so whoever sees the spec and a free lock knows that the shim is gone.
        _take(lock, folder)
        if spec.get("message_file"):
            _write(folder / str(spec["message_file"]), message)
        if fence is not None:
            _write(folder / "fence.json", json.dumps(fence).encode())
        told = limit(spec["timeout_seconds"])
        _write(folder / "spec.json", json.dumps({"version": 1, "limit": told, **spec}).encode())
        return Running(folder, _spawn(folder, lock))
    finally:
        os.close(lock)


def adopt(folder: Path) -> State:
    """What became of the attempt in `folder`, whoever started it."""
    if (folder / "exit.json").exists():
        return "ended"
    if not (folder / "spec.json").exists():
        return "absent"
    if _is_held(folder / "lock"):
        return "running"
    return "ended" if (folder / "exit.json").exists() else "lost"


def send(folder: Path, command: Mapping[str, object]) -> bool:
    """Give the shim a command; false if nobody listens. Commands: interrupt, say, close, stop."""
    line = json.dumps(command).encode() + b"\n"
    if len(line) > _MAX_COMMAND:
        raise ValueError(f"a command of {len(line)} bytes; the channel takes {_MAX_COMMAND}: put text in a file")
    pipe = _listener(folder)
    if pipe is None:
        return False
    try:
        return stat.S_ISFIFO(os.fstat(pipe).st_mode) and os.write(pipe, line) == len(line)
    except (BlockingIOError, BrokenPipeError):
        return False
    finally:
        os.close(pipe)


def end(folder: Path, reason: str) -> None:
    """Stop the attempt and wait until nothing of it lives; a shim that does not heed is killed with all it left."""
    give_up = time.monotonic() + _END_SECONDS
    asked = False
    while adopt(folder) == "running":
        asked = asked or send(folder, {"do": "stop", "reason": reason[:500]})
        if time.monotonic() > give_up:
            group.kill(filter(None, [shim_of(folder)]), 0.0)
        time.sleep(0.02)
    sweep_lost(folder)


def say(folder: Path, message: bytes, uuid: str = "", name: str = "") -> bool:
    """Send a running worker a further user message; `uuid` is the one inside the message, if any.

    What has a name is said only once: FileExistsError when it was said before.
    """
    name = name or f"say-{time.time_ns()}.json"
    _write(folder / name, message)
    return send(folder, {"do": "say", "file": name, "uuid": uuid})


def shim_of(folder: Path) -> group.ProcessId | None:
    """The shim of an attempt, alive or not; None before it has written down who it is."""
    pids = _read(folder / "pid.json")
    return group.ProcessId(pids["shim_pid"], pids["shim_start"]) if pids else None


def has_turnstile(folder: Path) -> bool | None:
    """Whether its tool calls wait for a `pass`, by its order; None where that cannot be read now."""
    order = _read(folder / "spec.json")
    return None if order is None else bool(order.get("turnstile"))


def exit_record(folder: Path) -> dict[str, Any] | None:
    """How the attempt ended; none while it runs or if it was lost."""
    return _read(folder / "exit.json")


def forget_environment(folder: Path) -> None:
    """Take the worker's environment, which may hold secrets, out of the order of an attempt that is over."""
    spec = _read(folder / "spec.json")
    if spec is None or not spec.get("env"):
        return
    bare = folder / "spec.json.part"
    bare.unlink(missing_ok=True)
    _write(bare, json.dumps({**spec, "env": {}}).encode())
    os.replace(bare, folder / "spec.json")


def sweep_lost(folder: Path) -> tuple[group.ProcessId, ...]:
    """End whatever a killed shim left behind; returns who would not go, which should be nobody."""
    if adopt(folder) not in ("lost", "ended"):
        return ()
    left = group.kill(_strays(folder), _SWEEP_GRACE)
    # Whoever was born while the others were ending gets no second grace.
    return left + group.kill(set(_strays(folder)) - set(left), 0.0)


def _strays(folder: Path) -> list[group.ProcessId]:
    spec, pids = _read(folder / "spec.json"), _read(folder / "pid.json")
    found = group.marked(str(spec["marker"])) if spec else []
    if pids:
        worker = group.ProcessId(pids["claude_pid"], pids["claude_start"])
        if group.alive(worker):
            found += [worker, *group.descendants(worker.pid), *group.session_of(worker)]
    return list(dict.fromkeys(found))


def _take(lock: int, folder: Path) -> None:
    """Lock an attempt that was never started; whoever only looks at the lock holds it for an instant."""
    give_up = time.monotonic() + _LOCK_SECONDS
    while True:
        _refuse_restart(folder)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.005)
        else:
            return _refuse_restart(folder)


def _refuse_restart(folder: Path) -> None:
    if (folder / "spec.json").exists():
        raise FileExistsError(f"{folder} has already been used; a further try is a further attempt")


def _spawn(folder: Path, lock: int) -> subprocess.Popen[bytes]:
    main = Path(shim.__file__).with_name("__main__.py")
    log = os.open(folder / "shim.log", _NEW, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(main), str(folder.absolute()), str(lock)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd="/",
            env={},
            start_new_session=True,
            pass_fds=(lock,),
        )
    finally:
        os.close(log)


def _listener(folder: Path) -> int | None:
    """The writing end of the channel; a shim that has just been started gets a moment to open its own."""
    give_up = time.monotonic() + _OPEN_SECONDS
    while True:
        try:
            return os.open(folder / "stdin", os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            starting = error.errno in (errno.ENOENT, errno.ENXIO) and adopt(folder) == "running"
            if not starting or time.monotonic() > give_up:
                return None
            time.sleep(0.005)


def _write(path: Path, content: bytes) -> None:
    file = os.open(path, _NEW, 0o600)
    with open(file, "wb") as stream:
        stream.write(content)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _is_held(lock: Path) -> bool:
    try:
        file = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who look at the same moment do not take each other for the shim.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
