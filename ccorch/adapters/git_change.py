"""What differs between two commits, file by file, and what a worktree holds that is in no commit."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ccorch.adapters.brought import Brought
from ccorch.adapters.git_command import Git
from ccorch.adapters.git_odd import Walk
from ccorch.schema.change import ChangedFile

MOST_LISTED = 20_000
"""Files in no commit that are listed; of more it is only told how many there are."""

BINARY_LINE = 80
"""Bytes of a binary file that count as a line."""

_DIFF = ("diff-tree", "-r", "-M", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "-z")
_LINK, _SUBMODULE = "120000", "160000"
_HOW: Mapping[str, Literal["added", "deleted", "modified", "renamed", "retyped"]] = {
    "A": "added", "D": "deleted", "M": "modified", "R": "renamed", "T": "retyped", "C": "added",
}  # fmt: skip


@dataclass(frozen=True)
class Uncommitted:
    """What a worktree holds that a commit of it leaves out."""

    files: tuple[str, ...]
    more: int
    """How many more there are than are listed."""
    odd: tuple[str, ...]
    """What is no plain file, in words."""
    submodules: frozenset[bytes]
    """Entries of the commit that are commits themselves."""


def entries(git: Git, before: str, after: str, shown: Callable[[bytes], str]) -> tuple[ChangedFile, ...]:
    """Every file that differs, ordered by its name; `shown` spells a path."""
    pieces = iter(git.out(*_DIFF, "--raw", "--full-index", "--numstat", before, after).split(b"\0"))
    changes, lines = list[_Raw](), dict[bytes, tuple[int, int] | None]()
    for piece in pieces:
        if piece.startswith(b":"):
            changes.append(_raw(piece, pieces))
        elif piece:
            name, counts = _counted(piece, pieces)
            lines[name] = counts
    targets = _targets(git, [change.blob for change in changes if change.mode == _LINK])
    sizes = _sizes(git, [change for change in changes if lines.get(change.path, ()) is None])
    counted = (lines.get(one.path, (0, 0)) or (sizes[one.blob], sizes[one.was_blob]) for one in changes)
    return tuple(_entry(*one, targets, shown) for one in zip(changes, counted, strict=True))


def uncommitted(git: Git, shown: Callable[[bytes], str], brought: Brought) -> Uncommitted:
    """What the worktree holds that a commit of it leaves out; by the index of `git`, which is that commit's.

    What was brought there counts once it was touched.
    """
    touched = brought.names - brought.untouched
    listed_by_git = (name for name in git.names("-o", "-i", "--exclude-standard") if name not in brought.names)
    entries = git.names("-s")
    submodules = [entry.partition(b"\t")[2] for entry in entries if entry.startswith(b"160000 ")]
    top = os.fsencode(git.cwd)
    hidden = (path for name in submodules for path in _below(top, name))
    found = {*touched, *listed_by_git, *hidden}
    committed = frozenset(entry.partition(b"\t")[2] for entry in entries)
    walk = Walk(top, committed, frozenset(found), brought)
    walk.go(shown)
    names = sorted({*found, *walk.unlisted})
    staged = frozenset(entry for entry in entries if entry.startswith(b"160000 "))
    return Uncommitted(tuple(map(shown, names[:MOST_LISTED])), len(names[MOST_LISTED:]), tuple(walk.odd), staged)


class _Raw:
    """A line of git's raw format."""

    def __init__(self, head: bytes, was: bytes | None, path: bytes) -> None:
        self.was_mode, self.mode, self.was_blob, self.blob, how = head[1:].decode().split(" ")
        self.how = how[:1]
        self.was, self.path = was, path


def _raw(head: bytes, rest: Iterator[bytes]) -> _Raw:
    has_two = head.rpartition(b" ")[2][:1] in (b"R", b"C")
    first = next(rest)
    return _Raw(head, first, next(rest)) if has_two else _Raw(head, None, first)


def _counted(piece: bytes, rest: Iterator[bytes]) -> tuple[bytes, tuple[int, int] | None]:
    """A name and its lines; null for a binary file, of which git counts none."""
    added, deleted, name = piece.split(b"\t", 2)
    if not name:
        next(rest)
        name = next(rest)
    return name, None if added == b"-" else (int(added), int(deleted))


def _sizes(git: Git, changes: Sequence[_Raw]) -> dict[str, int]:
    """How many lines binary files count for: nothing is free under a limit of lines."""
    blobs = dict.fromkeys(blob for change in changes for blob in (change.blob, change.was_blob))
    asked = "".join(f"{blob}\n" for blob in blobs).encode()
    told = git.out("cat-file", "--batch-check=%(objectsize)", stdin=asked).split(b"\n") if blobs else []
    return {
        blob: -(-int(size) // BINARY_LINE) if size.isdigit() else 0 for blob, size in zip(blobs, told, strict=False)
    }


def _targets(git: Git, blobs: Sequence[str]) -> dict[str, str]:
    return {blob: git.out("cat-file", "blob", blob).decode("utf-8", "replace") for blob in dict.fromkeys(blobs)}


def _entry(
    change: _Raw, lines: tuple[int, int], targets: Mapping[str, str], shown: Callable[[bytes], str]
) -> ChangedFile:
    return ChangedFile(
        path=shown(change.path),
        was=shown(change.was) if change.was is not None and change.how == "R" else None,
        how=_HOW[change.how],
        mode=change.mode,
        was_mode=change.was_mode,
        added=lines[0],
        deleted=lines[1],
        target=targets.get(change.blob) if change.mode == _LINK else None,
    )


def _below(top: bytes, name: bytes) -> Iterator[bytes]:
    """Every file below a submodule's folder but git's own."""
    for folder, below, files in os.walk(os.path.join(top, name)):
        below[:] = [one for one in below if one != b".git"]
        yield from (os.path.relpath(os.path.join(folder, one), top) for one in files if one != b".git")
