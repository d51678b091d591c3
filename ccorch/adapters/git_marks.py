"""Marks of what lies in folders, by which it can be told whether anything became different; nothing is opened that
could wait or never end.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from ccorch.adapters.git_command import Git

MOST_READ = 1 << 18
"""Bytes of a file that is known by its content; a larger one is known by when and how it was written."""

MOST_LOOSE = 400_000
"""Files of folders that git does not look into that are compared."""

MANY = "too many to compare"
"""Mark of those beyond."""

_HELD = frozenset(("objects", "refs", "logs", "worktrees", "lfs"))
"""Folders of a repository that others tell of, or that only hold what is named by its content."""

_BUSY = frozenset(("index", "packed-refs", "COMMIT_EDITMSG", "gc.log", "gc.pid"))
"""Files of a repository that others tell of, or that every command writes anew."""

_GROUP = 2
"""Levels of a folder whose files are told of apart."""


def content(path: Path) -> str:
    """By its content where it is a small file, else by when and how it was written; a link by both ends of it."""
    try:
        about = os.lstat(path)
        if stat.S_ISLNK(about.st_mode):
            there = os.stat(path) if path.exists() else None
            end = _digest(path, follows=True) if there and _is_small(there) else "elsewhere"
            return f"link {os.readlink(path)} {end}"
        return _digest(path, follows=False) if _is_small(about) else written(about)
    except OSError as problem:
        return f"unreadable: {problem.strerror}"


def written(about: os.stat_result) -> str:
    """When and how it was written; the time of the last change can be set by nobody."""
    return f"{about.st_mode:o} {about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {about.st_ino}"


def repository(folder: Path, names: str = "") -> Iterator[tuple[str, str]]:
    """Everything in a git folder that decides what git does; `names` stands before each name."""
    for place, below, files in os.walk(folder):
        is_repository = "HEAD" in files
        below[:] = sorted(one for one in below if not (is_repository and one in _HELD))
        links = [one for one in below if os.path.islink(os.path.join(place, one))]
        for one in (*files, *links):
            if is_repository and (one in _BUSY or one.startswith(("sharedindex.", "fsmonitor--daemon"))):
                continue
            path = Path(place, one)
            if one == "HEAD" and path.parent == folder:
                continue
            yield f"{names}{path.relative_to(folder)}", content(path)
    for name in ("objects/info/alternates", "objects/info/http-alternates"):
        if os.path.lexists(folder / name):
            yield f"{names}{name}", content(folder / name)


def journals(common: Path) -> Iterator[tuple[str, str]]:
    """Every journal of a ref, but ccorch's own and the stash's, which is known by its content."""
    for place, _, files in os.walk(common / "logs"):
        for one in files:
            path = Path(place, one)
            name = str(path.relative_to(common))
            if not name.startswith("logs/refs/ccorch/"):
                yield (("stash", content(path)) if name == "logs/refs/stash" else (name, written(os.lstat(path))))


def registered(common: Path, own: Path) -> Iterator[tuple[str, str]]:
    """What the repository keeps about worktrees that are not ccorch's own."""
    for record in sorted((common / "worktrees").glob("*")):
        place = content(record / "gitdir")
        try:
            is_own = Path(os.fsdecode((record / "gitdir").read_bytes())).is_relative_to(own)
        except OSError:  # somebody makes or removes one
            continue
        if not is_own:
            yield f"worktrees/{record.name}", f"{place} {content(record / 'commondir')}"


def flagged(git: Git) -> list[bytes]:
    """Files that the index hides from git's own comparison."""
    listed = git.names("-v")
    names = (line[2:] for line in listed if line[:1] == b"S" or line[:1].islower())
    return [name for name in names if os.path.lexists(os.path.join(os.fsencode(git.cwd), name))]


def loose(top: bytes, folders: Sequence[bytes], without: bytes) -> Iterator[tuple[str, str]]:
    """What lies in folders that git does not look into: one mark for the files of each of its first levels."""
    left = MOST_LOOSE
    for folder in sorted(folders):
        groups = dict[bytes, "hashlib._Hash"]()
        waiting = [folder.rstrip(b"/")]
        while waiting and left > 0:
            place = waiting.pop()
            lines, below = _listed(top, place, without)
            waiting += below
            left -= len(lines)
            group = b"/".join(place.split(b"/")[: folder.count(b"/") + _GROUP])
            groups.setdefault(group, hashlib.sha256()).update(b"".join(sorted(lines)))
        for group, digest in groups.items():
            yield f"file {group.decode('utf-8', 'replace')}/", f"folder {digest.hexdigest()}"
    if left <= 0:
        yield f"more than {MOST_LOOSE} files that git ignores", MANY


def _listed(top: bytes, place: bytes, without: bytes) -> tuple[list[bytes], list[bytes]]:
    """A line for everything in a folder, and the folders among it."""
    lines, below = [b"%s\0\n" % place], list[bytes]()
    try:
        with os.scandir(os.path.join(top, place)) as entries:
            for entry in entries:
                if entry.name == without:
                    continue
                name = os.path.join(place, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    below.append(name)
                    continue
                about = entry.stat(follow_symlinks=False)
                lines.append(b"%s\0%s\n" % (name, written(about).encode()))
    except OSError as problem:
        lines.append(b"%s\0%s\n" % (place, (problem.strerror or "").encode()))
    return lines, sorted(below, reverse=True)


def _is_small(about: os.stat_result) -> bool:
    return stat.S_ISREG(about.st_mode) and about.st_size <= MOST_READ


def _digest(path: Path, *, follows: bool) -> str:
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follows else os.O_NOFOLLOW)
    with open(os.open(path, flags), "rb") as file:
        return hashlib.sha256(file.read(MOST_READ + 1)).hexdigest()
