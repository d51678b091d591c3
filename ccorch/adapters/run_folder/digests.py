"""Hashes of the files of runs that are not over, kept as long as their files stay as they were."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from hashlib import _Hash

PIECE = 1 << 20
GROWS = ".ndjson"
"""Files whose names end so grow by lines; what a crash or a full disk has left of one is cut off before."""

COMPARED = 512
"""Bytes before the end of the last whole line that are read again, to see that nothing but that has happened."""

SETTLED = 2.0
"""Seconds after which a file's times tell that it was not written since; within a tick they may stay the same."""

MOST = 10_000
"""Files that are known at the same time."""


@dataclass(frozen=True)
class _Lines:
    """The whole lines of a file."""

    size: int
    digest: _Hash
    end: bytes
    """The last bytes of them, at most COMPARED."""


@dataclass(frozen=True)
class _Known:
    """What was read of a file, and how the file was then."""

    mark: tuple[int, ...]
    """Device, inode, size, and the times of its last change of content and of any change."""
    size: int
    digest: _Hash
    is_settled: bool
    lines: _Lines


class Digests:
    """Hashes by path; what was read once is not read again."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def of(self, path: str, file: BinaryIO) -> tuple[int, str]:
        """Bytes and sha256 of an open file."""
        found = os.fstat(file.fileno())
        mark = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        known = self._known.pop(path, None)
        if known is None or known.mark != mark or not known.is_settled:
            is_settled = time.time() - found.st_ctime > SETTLED
            known = _read(file, mark, is_settled, _begun(path, file, mark, known))
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[path] = known
        return known.size, known.digest.hexdigest()


def _begun(path: str, file: BinaryIO, mark: tuple[int, ...], known: _Known | None) -> _Lines:
    """Where to go on reading, with what stands before."""
    if known is not None and path.endswith(GROWS) and known.mark[:2] == mark[:2] and known.lines.size <= mark[2]:
        file.seek(known.lines.size - len(known.lines.end))
        if file.read(len(known.lines.end)) == known.lines.end:
            return known.lines
    return _Lines(0, hashlib.sha256(), b"")


def _read(file: BinaryIO, mark: tuple[int, ...], is_settled: bool, lines: _Lines) -> _Known:
    size, digest, end = lines.size, lines.digest.copy(), lines.end
    file.seek(size)
    while piece := file.read(PIECE):
        if whole := piece.rfind(b"\n") + 1:
            digest.update(piece[:whole])
            lines = _Lines(size + whole, digest.copy(), _end(end, piece[:whole]))
        digest.update(piece[whole:])
        size, end = size + len(piece), _end(end, piece)
    return _Known(mark, size, digest, is_settled, lines)


def _end(before: bytes, piece: bytes) -> bytes:
    return (before + piece[-COMPARED:])[-COMPARED:]


SHARED = Digests()
"""For all who list files in this process, also where each call has a house of its own."""
