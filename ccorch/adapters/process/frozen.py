"""Shims and workers that somebody has stopped with a signal: they hold their attempt and get nowhere."""

import signal
from collections.abc import Iterator
from pathlib import Path

from ccorch.adapters.files import known_object
from ccorch.adapters.process import group

STOPPED = ("T", "t")
"""The kernel's letters for stopped, and stopped by a debugger."""


def frozen(attempts: Path) -> Iterator[tuple[str, str, int]]:
    """Attempt, who of it is stopped, and its process id; for every attempt below the folder."""
    for record in sorted(attempts.glob("*/*/*/pid.json")):
        if not (record.parent / "exit.json").exists():
            yield from ((attempt_of(record.parent), who, one.pid) for who, one in stopped(record.parent))


def stopped(folder: Path) -> Iterator[tuple[str, group.ProcessId]]:
    """Who of an attempt is stopped: its shim or its worker."""
    pids = known_object(folder / "pid.json")
    for who, name in (("shim", "shim"), ("worker", "claude")):
        if f"{name}_pid" in pids:
            one = group.ProcessId(pids[f"{name}_pid"], pids[f"{name}_start"])
            if group.alive(one) and _letter(one.pid) in STOPPED:
                yield who, one


def attempt_of(folder: Path) -> str:
    """An attempt's name by its folder."""
    return "/".join(folder.parts[-3:])


def _letter(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def thaw(folder: Path) -> None:
    """Let a stopped shim go on, so that it hears what it is told and keeps to its times."""
    for who, one in stopped(folder):
        if who == "shim":
            group.send(one, signal.SIGCONT)
