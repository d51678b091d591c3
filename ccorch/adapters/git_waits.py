"""What git would wait for, or read, without end: pipes and devices in the places of files that it opens."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ccorch.adapters import git_marks
from ccorch.errors import ProjectInvalid

READ_ON_ITS_WAY = (".gitignore", ".gitattributes")
"""Files of a checkout that git opens wherever it lists files."""

OWN = "ccorch"
"""Folder of the refs that ccorch keeps, which may be many: looked at apart, by who reads them."""

_FOLDERS = ("", "info", "objects/info")
_NESTED = ("HEAD", "commondir")
"""Files by which git tells whether a folder is a repository."""
_WAITS = (stat.S_ISFIFO, stat.S_ISCHR, stat.S_ISBLK)


def check_repository(project: Path) -> None:
    """Raises ProjectInvalid where asking git about the repository of a project would wait for somebody."""
    for place in (project, *project.parents):
        for name in READ_ON_ITS_WAY:
            _check(place / name)
        if os.path.lexists(place / ".git"):
            for folder in dict.fromkeys(_folders(place / ".git")):
                _check_folder(folder)
            return


def check_files(top: str | Path) -> None:
    """Raises ProjectInvalid where listing the files below would: of each folder, and of repositories among them."""
    folders = [os.fspath(top)]
    while folders:
        for entry in _entries(folders.pop()):
            if entry.name in READ_ON_ITS_WAY:
                _check(Path(entry.path))
            elif entry.name == ".git":
                _check_nested(Path(entry.path))
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)


def check_records(common: Path) -> None:
    """Raises ProjectInvalid where listing the worktrees of a repository would."""
    for record in (common / "worktrees").glob("*"):
        check_record(record)


def check_record(record: Path) -> None:
    """The same, of what git keeps of one worktree."""
    for name in ("HEAD", "commondir", "gitdir", "locked"):
        _check(record / name)


def _check_nested(place: Path) -> None:
    for folder in _folders(place):
        for name in _NESTED:
            _check(folder / name)


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
    check_refs(folder / "refs", OWN)


def check_refs(folder: Path, without: str = "") -> None:
    """Raises ProjectInvalid where reading the refs below a folder would; those of one name in it are left out."""
    waiting, left_out = [str(folder)], os.path.join(folder, without)
    while waiting:
        for entry in _entries(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                waiting += [entry.path] if entry.path != left_out else []
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
        mode = os.stat(path).st_mode
    except OSError:
        return
    if any(waits(mode) for waits in _WAITS) and os.path.realpath(path) != os.devnull:
        what = "a pipe" if stat.S_ISFIFO(mode) else "a device"
        raise ProjectInvalid(
            f"{str(path)!r} is {what}, at which git would wait without end",
            hint="take it away, whoever put it there",
        )
