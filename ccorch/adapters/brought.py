"""What a set-up put into a worktree, by marks that tell whether a worker has touched it since."""

import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ccorch.adapters.files import make_private_dir, write_private

GONE = "gone"
"""Mark of what is not there."""


@dataclass(frozen=True)
class Brought:
    """Files of a worktree, by their names below its top, that no worker has made."""

    names: frozenset[bytes] = frozenset()
    untouched: frozenset[bytes] = frozenset()
    """Those of them that are still as they were, or gone."""

    @cached_property
    def folders(self) -> frozenset[bytes]:
        """Every folder that something was brought into."""
        found = set[bytes]()
        for name in self.names:
            while (name := os.path.dirname(name)) and name not in found:
                found.add(name)
        return frozenset(found)


def keep_brought(record: Path, top: Path, tracked: Iterable[bytes]) -> None:
    """Write down every file below the top that git does not track."""
    known = frozenset(tracked)
    marks = {os.fsdecode(name): _mark(top, name) for name in _files(os.fsencode(top)) if name not in known}
    make_private_dir(record.parent, record.parents[3])
    write_private(record, json.dumps(marks).encode())


def read_brought(record: Path, top: Path) -> Brought:
    """What was written down, and what of it is untouched; nothing where nothing was."""
    try:
        marks: Mapping[str, str] = json.loads(record.read_bytes())
    except FileNotFoundError:
        return Brought()
    names = {os.fsencode(name): mark for name, mark in marks.items()}
    return Brought(
        frozenset(names), frozenset(name for name, mark in names.items() if _mark(top, name) in (mark, GONE))
    )


def _files(top: bytes) -> Iterator[bytes]:
    for folder, below, files in os.walk(top):
        links = [name for name in below if os.path.islink(os.path.join(folder, name))]
        if folder == top:
            below[:] = [name for name in below if name != b".git"]
            files = [name for name in files if name != b".git"]
        yield from (os.path.relpath(os.path.join(folder, name), top) for name in (*files, *links))


def _mark(top: Path, name: bytes) -> str:
    """By when its content and its name, mode and links changed last; the latter no program can set back."""
    path = os.path.join(os.fsencode(top), name)
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return GONE
    if stat.S_ISLNK(found.st_mode):
        return f"link {os.fsdecode(os.readlink(path))}"
    return f"{found.st_mode:o} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
