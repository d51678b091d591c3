"""What an attempt leaves on disk: the raw stream, the capped stderr log, and records that appear whole."""

from __future__ import annotations

import json
import os
import time

_RESERVE = 4096
_HEAD = 256 << 10
_TAIL = 256 << 10
_NEW = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def write_record(folder: str, name: str, value: dict[str, object]) -> None:
    """Make `name` appear with its whole content, on disk before this returns."""
    Reservation(folder, name).fill(value)


def never_started(detail: str) -> dict[str, object]:
    """The exit record of a worker that did not come to run."""
    now = time.time()
    nothing: dict[str, object] = {"rc": None, "signal": None, "results": 0, "raw_bytes": 0, "orphans_killed": 0}
    times: dict[str, object] = {"started_at": now, "ended_at": now}
    return {"version": 1, "reason": "start_failed", "detail": detail[:500], **nothing, **times}


class Reservation:
    """Room for a small record, taken while the disk has some, so that a full disk cannot swallow it."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder = folder
        self._path = os.path.join(folder, name)
        self._file = os.open(self._path + ".part", _NEW, 0o600)
        os.posix_fallocate(self._file, 0, _RESERVE)

    def fill(self, value: dict[str, object]) -> None:
        """Write the record over the reserved room and give it its name; may be tried again."""
        content = json.dumps(value).encode()
        os.pwrite(self._file, content, 0)
        os.ftruncate(self._file, len(content))
        os.fsync(self._file)
        os.rename(self._path + ".part", self._path)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        os.close(self._file)


class RawLog:
    """The worker's stdout, byte for byte."""

    def __init__(self, folder: str) -> None:
        self._file = os.open(os.path.join(folder, "raw.ndjson"), _NEW | os.O_APPEND, 0o600)
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append everything; an OSError means the disk took only part of it."""
        rest = memoryview(data)
        while rest:
            written = os.write(self._file, rest)
            self.size += written
            rest = rest[written:]


class ErrorLog:
    """The worker's stderr and the shim's own notes: the first 256 kB as they come, the last 256 kB at the end."""

    def __init__(self, folder: str) -> None:
        self._file = os.open(os.path.join(folder, "stderr.log"), _NEW | os.O_APPEND, 0o600)
        self._room = _HEAD
        self._tail = bytearray()
        self._dropped = 0

    def write(self, data: bytes) -> None:
        """Keep a piece; what fits neither head nor tail is counted and dropped."""
        head, rest = data[: self._room], data[self._room :]
        if head:
            self._room -= len(head)
            self._append(head)
        self._tail += rest
        if len(self._tail) > 2 * _TAIL:
            self._trim()

    def note(self, text: str) -> None:
        """Add a line of the shim's own."""
        self.write(f"[shim] {text}\n".encode("utf-8", "replace"))

    def finish(self) -> None:
        """Write the tail and say what is missing between."""
        self._trim()
        if self._dropped:
            self._append(f"\n[shim] {self._dropped} bytes left out here\n".encode())
        self._append(bytes(self._tail))
        self._tail.clear()

    def _trim(self) -> None:
        surplus = max(0, len(self._tail) - _TAIL)
        self._dropped += surplus
        del self._tail[:surplus]

    def _append(self, data: bytes) -> None:
        try:
            os.write(self._file, data)
        except OSError:  # a full disk already ends the attempt through the raw stream
            self._dropped += len(data)
