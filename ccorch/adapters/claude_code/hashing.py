"""The hash of a file, found in a thread of its own while something else is done."""

from __future__ import annotations

import hashlib
import threading
from contextlib import suppress
from pathlib import Path

_PIECE = 32 << 20
"""Bytes that are read and hashed at once: after each the thread waits for its turn to run Python."""


class Hashing(threading.Thread):
    """Hashes a file as it is now; a process that ends does not wait for it."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._stamp = stamp_of(path)
        self._found: str | None = None
        self.start()

    def run(self) -> None:
        """In its own thread."""
        with suppress(OSError):  # told to whoever needs it and tries again
            self._found = sha256_of(self._path)

    def of(self, path: Path, stamp: list[int]) -> str | None:
        """The hash, where it is that of this file as it was then; waits for it."""
        if (path, stamp) != (self._path, self._stamp):
            return None
        self.join()
        return self._found


def stamp_of(path: Path) -> list[int]:
    """What is different once a file was written anew."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def sha256_of(path: Path) -> str:
    """The hash of a file's content, in hex."""
    digest, piece = hashlib.sha256(), memoryview(bytearray(min(_PIECE, path.stat().st_size + 1)))
    with open(path, "rb", buffering=0) as file:
        while size := file.readinto(piece):
            digest.update(piece[:size])
    return digest.hexdigest()
