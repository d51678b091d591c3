"""A look at a worktree in which somebody works: which files differ, and what small ones have gained."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ccorch.adapters.files import open_below
from ccorch.adapters.git_command import Git
from ccorch.ports.open_work import Glance
from ccorch.rules.patch import FilePatch

LARGEST = 256 << 10
"""Bytes of a file beyond which its lines are not looked at before the end of the work."""

MOST = 500
"""Files whose lines are looked at."""


def glance(
    git: Git,
    base: str,
    brought: frozenset[bytes],
    marks: Mapping[str, str],
    shown: Callable[[bytes], str],
) -> Glance:
    """What differs from the base; `git` has an index of its own, and `shown` spells a path."""
    top = os.fsencode(git.cwd)
    staged = git.out("diff-index", "--cached", "--name-only", "-z", "--no-renames", base).split(b"\0")
    names = {*filter(None, staged), *git.names("-m"), *(set(git.untracked()) - brought)}
    now = {name: _mark(top, name) for name in sorted(names)}
    told = {shown(name): mark for name, mark in now.items()}
    fresh = [name for name, mark in now.items() if mark and mark != marks.get(shown(name))][:MOST]
    before = _before(git, base, fresh)
    gained = {name: list(_gained(_content(top, name), before.get(name, b""))) for name in fresh}
    return Glance(
        tuple(FilePatch(shown(name), shown(name), added_lines=gained.get(name, [])) for name in now), told
    )


def _mark(top: bytes, name: bytes) -> str:
    """Empty for what is no small file: its lines are never told."""
    try:
        found = os.lstat(os.path.join(top, name))
    except OSError:
        return ""
    is_small = stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}" if is_small else ""


def _before(git: Git, base: str, names: Sequence[bytes]) -> dict[bytes, bytes]:
    """What small files held in the base."""
    plain = [name for name in names if b"\n" not in name]
    if not plain:
        return {}
    asked = b"".join(b"%s:%s\n" % (base.encode(), name) for name in plain)
    sizes = git.out("cat-file", "--batch-check=%(objecttype) %(objectsize)", stdin=asked).split(b"\n")
    told = [(name, line.split(b" ")) for name, line in zip(plain, sizes, strict=False)]
    wanted = [name for name, (kind, *size) in told if kind == b"blob" and int(size[0]) <= LARGEST]
    return dict(_blobs(git, base, wanted)) if wanted else {}


def _blobs(git: Git, base: str, names: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    asked = b"".join(b"%s:%s\n" % (base.encode(), name) for name in names)
    told, at = git.out("cat-file", "--batch=%(objectsize)", stdin=asked), 0
    for name in names:
        begin = told.index(b"\n", at) + 1
        end = begin + int(told[at:begin])
        yield name, told[begin:end]
        at = end + 1


def _content(top: bytes, name: bytes) -> bytes:
    """The file, unless it was made anything else since; through no link below the worktree."""
    try:
        with open_below(Path(os.fsdecode(top)), os.fsdecode(name)) as file:
            return file.read(LARGEST)
    except OSError:
        return b""


def _gained(now: bytes, before: bytes) -> Iterator[tuple[int, bytes]]:
    """Lines that stood nowhere in it, with their numbers."""
    known = frozenset(before.split(b"\n"))
    return ((number, line) for number, line in enumerate(now.split(b"\n"), 1) if line not in known)
