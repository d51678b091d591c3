"""Marks of what lies in folders, by which it can be told whether anything became different; nothing is opened that
could wait or never end.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from ccorch.adapters.files import open_below
from ccorch.adapters.git_command import Git

MOST_READ = 1 << 18
"""Bytes of a file that is known by its content; a larger one is known by when and how it was written."""

MOST_TEXT = 1 << 16
"""Bytes of a file of git's own that says where something lies."""

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
            return f"link {spelled(os.readlink(path))} {end}"
        return _digest(path, follows=False) if _is_small(about) else written(about)
    except OSError as problem:
        return f"unreadable: {problem.strerror}"


def spelled(path: str | Path) -> str:
    """A path as it is told: bytes that are no UTF-8 are U+FFFD."""
    return os.fsencode(path).decode("utf-8", "replace")


def text(path: Path) -> str:
    """What a small file says, its bytes as in paths. Raises OSError for what is no plain file."""
    with open_below(path.parent, path.name) as file:
        return os.fsdecode(file.read(MOST_TEXT))


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
            yield names + spelled(path.relative_to(folder)), content(path)
    for name in ("objects/info/alternates", "objects/info/http-alternates"):
        if os.path.lexists(folder / name):
            yield f"{names}{name}", content(folder / name)


def journals(common: Path) -> Iterator[tuple[str, str]]:
    """Every journal of a ref, but ccorch's own and the stash's, which is known by its content."""
    for place, _, files in os.walk(common / "logs"):
        for one in files:
            path = Path(place, one)
            name = spelled(path.relative_to(common))
            if name == "logs/refs/stash":
                yield "stash", content(path)
            elif not name.startswith("logs/refs/ccorch/") and (about := status(path)) is not None:
                yield name, written(about)


def registered(common: Path, own: Path) -> Iterator[tuple[str, str]]:
    """What the repository keeps about worktrees that are not ccorch's own."""
    for record in sorted((common / "worktrees").glob("*")):
        place = content(record / "gitdir")
        try:
            is_own = Path(text(record / "gitdir")).is_relative_to(own)
        except FileNotFoundError:  # somebody makes or removes one
            continue
        except OSError:
            is_own = False
        if not is_own:
            yield f"worktrees/{spelled(record.name)}", f"{place} {content(record / 'commondir')}"


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


def status(path: str | bytes | Path) -> os.stat_result | None:
    """What is known of a file, or of a link itself; null when it is gone."""
    try:
        return os.lstat(path)
    except OSError:
        return None


def _is_small(about: os.stat_result) -> bool:
    return stat.S_ISREG(about.st_mode) and about.st_size <= MOST_READ


def _digest(path: Path, *, follows: bool) -> str:
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follows else os.O_NOFOLLOW)
    with open(os.open(path, flags), "rb") as file:
        return hashlib.sha256(file.read(MOST_READ + 1)).hexdigest()
