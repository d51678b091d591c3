"""Secrets that tests hand out, all of one stem, and the search for places where none belongs."""

import base64
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

STEM = "Zx9Kq27LmP4tRw81"
"""Part of every secret of the suite, and of nothing else."""

LARGEST = 20 * 1024 * 1024
"""Bytes; larger files are not read."""


def canary(name: str) -> str:
    """A secret value that no pattern knows; only its stem gives it away."""
    return f"{name}-{STEM}"


TOKEN = canary("upstream-credential")
"""Credential of the provider that a worker is meant to reach."""


def _spelled() -> Iterator[bytes]:
    """The stem as it is, and as it looks inside base64 at each of the three places where it can begin."""
    yield STEM.encode()
    for ahead in range(3):
        whole = base64.b64encode(b"\0" * ahead + STEM.encode())
        yield whole[-(-ahead * 4 // 3) : (ahead + len(STEM)) // 3 * 4]


_SOUGHT = re.compile(b"|".join(re.escape(form) for form in _spelled()))


def leaks(data: bytes, place: str) -> list[str]:
    """A sentence for the first secret in what was said or stored; it never quotes the secret."""
    found = _SOUGHT.search(data)
    return [f"{place} holds a secret at byte {found.start()}"] if found else []


def leaks_below(root: Path, may: Callable[[Path], bool] = lambda path: False, since: float = 0) -> list[str]:
    """Files below that hold a secret, but for those and folders that `may` and those older than `since`."""
    return [
        leak
        for path, about in _files(root, may)
        if about.st_mtime >= since and about.st_size <= LARGEST
        for leak in leaks(content(path), str(path))
    ]


def open_to_others(root: Path, may: Callable[[Path], bool]) -> list[str]:
    """Files and folders below that somebody else than the owner can read, write or enter."""
    return [
        f"{path} has mode {stat.S_IMODE(about.st_mode):04o}"
        for path, about in _files(root, may, folders=True)
        if about.st_mode & 0o077
    ]


def _files(
    folder: Path, may: Callable[[Path], bool], *, folders: bool = False
) -> Iterator[tuple[Path, os.stat_result]]:
    """What lies below, but for links; whatever others still write may go while it is looked at."""
    for path in _names(folder):
        if may(path):
            continue
        try:
            about = path.lstat()
        except FileNotFoundError:
            continue
        is_folder = stat.S_ISDIR(about.st_mode)
        if stat.S_ISREG(about.st_mode) or (folders and is_folder):
            yield path, about
        if is_folder:
            yield from _files(path, may, folders=folders)


def _names(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def below(root: Path) -> list[Path]:
    """Every file below."""
    return [path for path, _ in _files(root, lambda path: False)]


def content(path: Path) -> bytes:
    """What it holds; nothing once it is gone."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
