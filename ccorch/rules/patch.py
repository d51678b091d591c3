"""Reads a unified difference as git writes it: which files, which lines were added, what else changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, Protocol

Kind = Literal["added", "deleted", "modified", "renamed", "copied"]


@dataclass
class FilePatch:
    """What a difference says of one file."""

    path: str
    old: str
    """Its path before."""
    kind: Kind = "modified"
    binary: bool = False
    old_mode: str | None = None
    new_mode: str | None = None
    blobs: tuple[str, str] | None = None
    """Hashes of its content before and after, where they are told."""
    added_lines: list[tuple[int, bytes]] = field(default_factory=list)
    """Number and content of each added line."""
    deleted: int = 0
    """How many lines were taken away."""


_GIT = re.compile(rb'diff --git (?P<old>"(?:[^"\\]|\\.)*"|a/.*?) (?P<new>"(?:[^"\\]|\\.)*"|b/.*)\Z', re.DOTALL)
_HUNK = re.compile(rb"@@ -\d+(?:,(?P<old>\d+))? \+(?P<start>\d+)(?:,(?P<new>\d+))? @@")
_INDEX = re.compile(rb"index ([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: (\d{6}))?\Z")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def files_of(patch: bytes) -> list[FilePatch]:
    """The files in their order; exact moves that are told as a removal and an addition are made renames."""
    return _with_moves(list(_read(patch.split(b"\n"))))


def _read(lines: list[bytes]) -> Iterator[FilePatch]:
    now: FilePatch | None = None
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(b"diff --git "):
            if now:
                yield now
            now = _begun(line)
        elif now is None:
            continue
        elif line.startswith(b"@@ "):
            at = _hunk(now, lines, at - 1)
        elif line.startswith((b"GIT binary patch", b"Binary files ")):
            now.binary = True
        else:
            _header(now, line)
    if now:
        yield now


def _begun(line: bytes) -> FilePatch:
    found = _GIT.match(line)
    if found is None:
        return FilePatch("", "")
    middle = len(b"diff --git ") + (len(line) - len(b"diff --git ") - 1) // 2
    # a name with a blank is told from the next one by both being the same
    halves = line[len(b"diff --git ") : middle], line[middle + 1 :]
    if halves[0][2:] == halves[1][2:] and line[middle : middle + 1] == b" ":
        return FilePatch(_name(halves[1]), _name(halves[0]))
    return FilePatch(_name(found["new"]), _name(found["old"]))


def _header(file: FilePatch, line: bytes) -> None:
    word, _, rest = line.partition(b" ")
    match word, rest.partition(b" ")[0]:
        case b"new", b"file":
            file.kind, file.new_mode = "added", _last(line)
        case b"deleted", b"file":
            file.kind, file.old_mode = "deleted", _last(line)
        case b"old", b"mode":
            file.old_mode = _last(line)
        case b"new", b"mode":
            file.new_mode = _last(line)
        case b"rename" | b"copy" as how, b"from" | b"to" as end:
            file.kind = "renamed" if how == b"rename" else "copied"
            name = _unquoted(rest.partition(b" ")[2])
            file.old, file.path = (name, file.path) if end == b"from" else (file.old, name)
        case b"index", _:
            if found := _INDEX.match(line):
                file.blobs = found[1].decode(), found[2].decode()
        case b"+++", _ if rest != b"/dev/null":
            file.path = _name(rest.rstrip(b"\t"))
        case b"---", _ if rest != b"/dev/null":
            file.old = _name(rest.rstrip(b"\t"))


def _hunk(file: FilePatch, lines: list[bytes], at: int) -> int:
    """Take one hunk by its own counts, so that nothing in it passes for a header; the line after it."""
    found = _HUNK.match(lines[at])
    if found is None:
        return at + 1
    old, new = int(found["old"] or 1), int(found["new"] or 1)
    number = int(found["start"])
    at += 1
    while (old > 0 or new > 0) and at < len(lines):
        sign, content = lines[at][:1], lines[at][1:]
        at += 1
        if sign == b"+":
            file.added_lines.append((number, content))
            number, new = number + 1, new - 1
        elif sign == b"-":
            file.deleted, old = file.deleted + 1, old - 1
        elif sign != b"\\":
            number, old, new = number + 1, old - 1, new - 1
    return at


def _with_moves(files: list[FilePatch]) -> list[FilePatch]:
    gone = {file.blobs[0]: file for file in files if file.kind == "deleted" and file.blobs}
    moved = []
    for file in files:
        old = gone.pop(file.blobs[1], None) if file.kind == "added" and file.blobs else None
        if old is not None:
            file.kind, file.old, file.old_mode = "renamed", old.path, old.old_mode
            file.added_lines = []
            moved.append(id(old))
    return [file for file in files if id(file) not in moved]


def _last(line: bytes) -> str:
    return line.rpartition(b" ")[2].decode("ascii", "replace")


def _name(word: bytes) -> str:
    """A path without its `a/` or `b/`."""
    name = _unquoted(word)
    return name[2:] if name.startswith(("a/", "b/")) else name


def _unquoted(word: bytes) -> str:
    if len(word) >= 2 and word.startswith(b'"') and word.endswith(b'"'):
        word = _ESCAPE.sub(_escaped, word[1:-1])
    return word.decode("utf-8", "replace")


def _escaped(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8) & 255]) if len(found[1]) == 3 else _LETTERS.get(found[1], found[1])


class Masker(Protocol):
    """Takes secrets out of a text."""

    def line(self, line: bytes, /) -> bytes:
        """The text without secrets; the very same object when it holds none."""
        ...


def masked(patch: bytes, masker: Masker) -> bytes:
    """The patch without secrets; lines of one kind are looked at together, for a key may go over several."""
    blocks = groupby(patch.splitlines(keepends=True), key=lambda line: line[:1])
    return b"".join(_masked(sign, b"".join(lines), masker) for sign, lines in blocks)


def _masked(sign: bytes, block: bytes, masker: Masker) -> bytes:
    if sign not in (b"+", b"-", b" "):
        return masker.line(block)
    bare = b"".join(line[1:] for line in block.splitlines(keepends=True))
    clean = masker.line(bare)
    return block if clean is bare else b"".join(sign + line for line in clean.splitlines(keepends=True))
