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
"""Files whose names end so are only ever added to."""

SETTLED = 2.0
"""Seconds after which a file's times tell that it was not written since; within a tick they may stay the same."""

MOST = 10_000
"""Files that are known at the same time."""


@dataclass(frozen=True)
class _Known:
    """What was read of a file, and how the file was then."""

    mark: tuple[int, ...]
    """Device, inode, size, and the times of its last change of content and of any change."""
    size: int
    digest: _Hash
    is_settled: bool


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
            known = _read(file, mark, is_settled, _begun(path, mark, known))
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[path] = known
        return known.size, known.digest.hexdigest()


def _begun(path: str, mark: tuple[int, ...], known: _Known | None) -> tuple[int, _Hash]:
    """Where to go on reading, with the hash of what stands before."""
    if known is not None and path.endswith(GROWS) and known.mark[:2] == mark[:2] and known.size <= mark[2]:
        return known.size, known.digest.copy()
    return 0, hashlib.sha256()


def _read(file: BinaryIO, mark: tuple[int, ...], is_settled: bool, begun: tuple[int, _Hash]) -> _Known:
    size, digest = begun
    file.seek(size)
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return _Known(mark, size, digest, is_settled)


SHARED = Digests()
"""For all who list files in this process, also where each call has a house of its own."""
