"""A sandbox around commands: bubblewrap lets them write where they work and nowhere else, and reach no network."""

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ccorch.adapters.process import commands, doors, private
from ccorch.errors import SandboxUnavailable
from ccorch.schema.policy import Sandbox

PROGRAM = "bwrap"
_TRY_SECONDS = 20.0
_EVERYTHING = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")
_APART = ("--unshare-pid", "--unshare-ipc", "--cap-drop", "ALL", "--die-with-parent", "--new-session")


@dataclass(frozen=True)
class Box:
    """What commands may do."""

    wanted: Sandbox
    writable: tuple[Path, ...]
    """Folders that they write in."""
    hidden: tuple[Path, ...] = ()
    """Folders that they find empty, but for what is writable in them."""
    network: bool = False
    """Whether they reach it."""
    shown: tuple[Path, ...] = ()
    """Folders that they find where they are, also among the drafts of the machine."""


def boxed(argv: Sequence[str], box: Box, cwd: Path, path: str) -> list[str]:
    """The command within the box; as it is where none is wanted, or none can be had and none is required."""
    if box.wanted == "off":
        return list(argv)
    entries = os.pathsep.join(entry for entry in path.split(os.pathsep) if os.path.isabs(entry))
    program = shutil.which(PROGRAM, path=entries)
    if program is None or not _works(program):
        if box.wanted == "auto":
            return list(argv)
        why = "does not work here" if program else "cannot be found in the PATH"
        raise SandboxUnavailable(f"policy.sandbox=required, but {PROGRAM} {why}", missing=[PROGRAM])
    named = (word for word in argv if os.path.isabs(word))
    folders = map(str, (cwd, *box.writable, *box.shown))
    needed = (*folders, *entries.split(os.pathsep), *named)
    return [program, *_words(box, needed), "--chdir", str(cwd), "--", *argv]


def run_boxed(
    argv: Sequence[str],
    box: Box,
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    limit_bytes: int,
    unwanted: Callable[[], bool],
) -> commands.Completed:
    """Run a command within the box, as `commands.run` does.

    Who listened when the box was asked for may be gone when it is made, so that it cannot be: it is made anew
    once.
    """

    def once() -> commands.Completed:
        words = boxed(argv, box, cwd, env.get("PATH", ""))
        return commands.run(words, cwd=cwd, env=env, timeout=timeout, limit_bytes=limit_bytes, unwanted=unwanted)

    done = once()
    never_began = done.rc == 1 and not done.stdout and done.stderr.startswith(f"{PROGRAM}: ".encode())
    return once() if never_began and box.wanted != "off" else done


def _words(box: Box, needed: Sequence[str]) -> Iterable[str]:
    yield from _EVERYTHING
    if not box.network:
        yield "--unshare-net"
    yield from doors.shut(needed, box.network)
    masked = tuple(private.masked(needed))
    # as late as can be: where a socket goes before it is put out of sight, the command fails
    yield from doors.closed(map(str, box.shown), (*box.hidden, *box.writable))
    yield from masked
    for folder in box.hidden:
        if folder.is_dir():
            yield from ("--tmpfs", str(folder.resolve()))
    for folder in box.writable:
        place = str(folder.resolve())
        yield from ("--bind", place, place)
    yield from doors.sealed()
    yield from _APART


@lru_cache(8)
def _works(program: str) -> bool:
    """Whether this machine lets it do what is asked of it; tried once."""
    probe = (program, *_EVERYTHING, "--unshare-net", *_APART, "--", "/bin/sh", "-c", ":")
    return commands.run(probe, cwd="/", env={}, timeout=_TRY_SECONDS).rc == 0
