"""What git would wait for, or read, without end: pipes and devices in the places of files that it opens."""

import os
import stat
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ccorch.adapters import git_marks, git_settings
from ccorch.adapters.git_command import Git
from ccorch.errors import ProjectInvalid

READ_ON_ITS_WAY = (".gitignore", ".gitattributes")
"""Files of a checkout that git opens wherever it lists files."""

OWN = "ccorch"
"""Folder of the refs that ccorch keeps, which may be many: looked at apart, by who reads them."""

_FOLDERS = ("", "info", "objects/info", "reftable")
_NESTED = ("HEAD", "commondir", "config", "config.worktree", "packed-refs", "reftable/tables.list")
"""Files by which git tells whether a folder is a repository, and at which commit."""
_LOGS = "logs/HEAD"
_POINTS = "ref: "
_MANY = 100
"""Folders of one depth from which on git is asked which of them it ignores, which costs as much as looking."""
_WAITS = (stat.S_ISFIFO, stat.S_ISCHR, stat.S_ISBLK)


def check_repository(project: Path) -> None:
    """Raises ProjectInvalid where asking git about the repository of a project would wait for somebody."""
    for place in (project, *project.parents):
        for name in READ_ON_ITS_WAY:
            _check(place / name)
        if os.path.lexists(place / ".git"):
            for folder in dict.fromkeys(_folders(place / ".git")):
                _check_folder(folder)
                check_settings(folder, place)
            return


def check_settings(folder: Path, top: Path) -> None:
    """The same where git reads the files that settings of a git folder name, for a checkout at this top."""
    for name in git_settings.NAMES:
        for path in git_settings.named(folder / name, top):
            _check(path)


def check_files(top: str | Path) -> None:
    """Raises ProjectInvalid where listing the files below would: of each folder, and of repositories among them."""
    folders = [os.fspath(top)]
    while folders:
        folders += _looked_into(folders.pop())


def check_listed(git: Git, commit: str | None = None) -> None:
    """The same where what is ignored is not listed: of many folders, those are left out which git passes by.

    Never one of which the index or the commit holds anything.
    """
    folders, tracked = [os.fspath(git.cwd)], list[bytes]()
    while folders:
        folders = [below for folder in folders for below in _looked_into(folder)]
        if len(folders) >= _MANY:
            tracked = tracked or _tracked(git, commit)
            folders = _not_ignored(git, folders, tracked)


def _tracked(git: Git, commit: str | None) -> list[bytes]:
    words = (f"--with-tree={commit}",) if commit else ()
    return sorted(set(git.names(*words)))


def _looked_into(folder: str) -> list[str]:
    """Looks at what lies in a folder; the folders among it."""
    below = []
    for entry in _entries(folder):
        if entry.name in READ_ON_ITS_WAY:
            _check(Path(entry.path))
        elif entry.name == ".git":
            _check_nested(Path(entry.path))
        elif entry.is_dir(follow_symlinks=False):
            below.append(entry.path)
    return below


def _not_ignored(git: Git, folders: Sequence[str], tracked: Sequence[bytes]) -> list[str]:
    """Without those that git ignores and tracks nothing of; all folders above them must have been looked into."""
    top = len(os.path.join(os.fsencode(git.cwd), b""))
    names = {b"./" + os.fsencode(folder)[top:]: folder for folder in folders}
    asked = [name for name in names if not _holds(tracked, name[2:])]
    if len(asked) < _MANY:
        return [*folders]
    done = git.ask(
        "check-ignore", "-z", "-v", "--no-index", "--stdin", stdin=b"".join(name + b"\0" for name in asked)
    )
    told = done.stdout.split(b"\0") if done.rc == 0 else []  # else it ignores none of them, or cannot tell
    patterns = zip(told[2::4], told[3::4], strict=False)
    ignored = {name for pattern, name in patterns if not pattern.startswith(b"!")}
    return [folder for name, folder in names.items() if name not in ignored]


def _holds(tracked: Sequence[bytes], name: bytes) -> bool:
    """Whether a folder is tracked as a repository, or anything in it; the names are in order."""
    within = name + b"/"
    at, below = bisect_left(tracked, name), bisect_left(tracked, within)
    return tracked[at : at + 1] == [name] or any(one.startswith(within) for one in tracked[below : below + 1])


def check_records(common: Path) -> None:
    """Raises ProjectInvalid where listing the worktrees of a repository would."""
    for record in (common / "worktrees").glob("*"):
        check_record(record)


def check_record(record: Path) -> None:
    """The same, of what git keeps of one worktree."""
    for name in ("HEAD", "commondir", "gitdir", "locked", _LOGS):
        _check(record / name)


def _check_nested(place: Path) -> None:
    for folder in _folders(place):
        for name in _NESTED:
            _check(folder / name)
        _check_head(folder)
        check_refs(folder, without=OWN)


def _check_head(folder: Path) -> None:
    """What HEAD leads to, also by way of links."""
    with suppress(OSError):
        told = git_marks.text(folder / "HEAD")
        if told.startswith(_POINTS):
            _check(folder / told.removeprefix(_POINTS).strip())


def _folders(place: Path) -> Iterator[Path]:
    """The git folder that this is or names, and the one that it shares."""
    folder = place if place.is_dir() else _named(place, "gitdir: ")
    if folder is not None:
        yield folder
        _check(folder / "commondir")
        if (shared := _named(folder / "commondir", "")) is not None:
            yield shared


def _named(file: Path, before: str) -> Path | None:
    try:
        told = git_marks.text(file)
    except OSError:
        return None
    return file.parent / told.removeprefix(before).rstrip("\n") if told.startswith(before) else None


def _check_folder(folder: Path) -> None:
    for below in _FOLDERS:
        for entry in _entries(folder / below):
            if not entry.is_file(follow_symlinks=False):
                _check(Path(entry.path))
    _check(folder / _LOGS)
    _check_head(folder)
    check_refs(folder, without=OWN)


def check_refs(folder: Path, below: str = "", without: str = "") -> None:
    """Raises ProjectInvalid where reading or moving the refs of a git folder below a name would, but for one.

    Git adds to the journal of a ref where there is one, whatever its settings.
    """
    tops = [os.path.join(folder, kind, below) for kind in ("refs", "logs/refs")]
    waiting, left_out = [*tops], [os.path.join(top, without) for top in tops]
    while waiting:
        for entry in _entries(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                waiting += [entry.path] if entry.path not in left_out else []
            elif not entry.is_file(follow_symlinks=False):
                _check(Path(entry.path))


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where it is gone, or closed to us: git passes it by or says so."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _check(path: Path) -> None:
    try:
        found = os.stat(path)
    except OSError:
        return
    if any(waits(found.st_mode) for waits in _WAITS) and not _is_null(found):
        what = "a pipe" if stat.S_ISFIFO(found.st_mode) else "a device"
        raise ProjectInvalid(
            f"{str(path)!r} is {what}, at which git would wait without end",
            hint="take it away, whoever put it there",
        )


def _is_null(found: os.stat_result) -> bool:
    """Whether it is the device that holds nothing, wherever it lies: sandboxes put it in the places of files."""
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == os.stat(os.devnull).st_rdev
