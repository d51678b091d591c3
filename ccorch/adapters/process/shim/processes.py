"""Processes as the kernel shows them: identities that survive pid reuse, families, marks and safe signals."""

from __future__ import annotations

import os
import signal
from typing import NamedTuple


class ProcessId(NamedTuple):
    """A process that cannot be mistaken for a later one with the same pid."""

    pid: int
    start: int
    """Clock ticks between boot and its start: field 22 of /proc/PID/stat."""


def identify(pid: int) -> ProcessId | None:
    """The identity of a living process; none if there is no such process or only its zombie."""
    found = _stat(pid)
    return found.id if found and found.living else None


def born(child: int) -> ProcessId | None:
    """The identity of a child of this process that nobody has waited for, also when it has died meanwhile."""
    found = _stat(child)
    return found.id if found else None


def descendants(pid: int) -> list[ProcessId]:
    """Every living process below `pid`, nearest first."""
    children: dict[int, list[_Stat]] = {}
    for each in _all():
        children.setdefault(each.parent, []).append(each)
    family: list[_Stat] = []
    frontier = children.get(pid, [])
    while frontier:
        family += frontier
        frontier = [child for parent in frontier for child in children.get(parent.id.pid, [])]
    return [each.id for each in family if each.living]


def session_of(leader: ProcessId) -> list[ProcessId]:
    """The living processes of the session that `leader` opened; none once another process has its pid."""
    if identify(leader.pid) != leader:
        return []
    return [each.id for each in _all() if each.session == leader.pid and each.living]


def marked(marker: str) -> list[ProcessId]:
    """Every living process, this one left out, whose environment at its start held the entry `marker`."""
    check_marker(marker)
    entry = os.fsencode(marker)
    found = [identify(pid) for pid in _pids() if pid != os.getpid() and entry in _environment(pid)]
    return [process for process in found if process]


def check_marker(marker: str) -> None:
    """ValueError unless the marker can only be found in processes that were given it."""
    name, _, mark = marker.partition("=")
    if not (name and mark):
        raise ValueError(f"a marker is NAME=value, not {marker!r}: anything less would match strangers")


def send(process: ProcessId, number: int) -> bool:
    """Signal exactly this process; false if it is gone, even when its pid is in use again, or not ours."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    except (AttributeError, OSError):
        return _send_by_number(process, number)
    try:
        # The handle pins whoever has the pid now, so a match after opening stays true.
        if identify(process.pid) != process:
            return False
        signal.pidfd_send_signal(handle, number)
        return True
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        os.close(handle)


class _Stat(NamedTuple):
    id: ProcessId
    parent: int
    session: int
    living: bool


def _stat(pid: int) -> _Stat | None:
    line = _read(f"/proc/{pid}/stat")
    if not line:
        return None
    # The command name may hold spaces and brackets; only its last bracket ends it.
    fields = line[line.rindex(b")") + 2 :].split()
    return _Stat(ProcessId(pid, int(fields[19])), int(fields[1]), int(fields[3]), fields[0] not in b"ZX")


def _all() -> list[_Stat]:
    return [found for found in map(_stat, _pids()) if found]


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    return _read(f"/proc/{pid}/environ").split(b"\0")


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError:  # gone meanwhile, or another user's
        return b""


def _send_by_number(process: ProcessId, number: int) -> bool:
    if identify(process.pid) != process:
        return False
    try:
        os.kill(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
