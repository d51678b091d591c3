"""The redacted copy of a worker's raw stream: one line for one line, whoever reads and however often."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ccorch.adapters.claude_code.stream import is_telling
from ccorch.adapters.files import make_private_dir
from ccorch.rules.redaction import Redactor
from ccorch.rules.room import Room
from ccorch.schema.finding import Sighting

LONGEST_LINE = 32 << 20
"""Bytes of a line beyond which its copy is cut; edits of large files make lines of megabytes."""

HEARTBEAT = b'{"type":"tool_progress"'
CHUNK = 256 << 10
_KEPT = 64 << 10

Told = Callable[[int, bytes], None]
"""Takes a line's number, from 1, and its redacted bytes."""

Saw = Callable[[int, tuple[Sighting, ...]], None]
"""Takes a line's number and the secrets that stood in it before they were taken out."""


class Copy:
    """Follows a growing raw stream line for line, in fixed memory for all but single long lines."""

    def __init__(
        self,
        raw: Path,
        copy: Path,
        redactor: Redactor,
        told: Told,
        saw: Saw = lambda line, seen: None,
        room: Room | None = None,
        awaited: Callable[[bytes], bool] = lambda line: False,
    ) -> None:
        """`told` takes lines that are telling, and what else is `awaited`."""
        self._raw_path = raw
        self._redactor = redactor
        self._told = told
        self._saw = saw
        self._room = room
        self._awaited = awaited
        self._file = _reopened(copy)
        self._copy_path = copy
        self._written: int | None = None
        self._raw: int | None = None
        self._pieces: list[bytes] = []
        self._held = 0
        self.line = 0
        self.heard = 0
        """Lines that are more than a sign of life of a running tool."""

    def catch_up(self) -> None:
        """Count what an earlier reader has copied, which may take time; else the first step does it."""
        self._written = _lines_in(self._copy_path)

    def step(self) -> bool:
        """Take the next chunk; False when there is none now."""
        if self._written is None:
            self.catch_up()
        if self._raw is None:
            try:
                self._raw = os.open(self._raw_path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return False
        chunk = os.read(self._raw, CHUNK)
        if chunk:
            self._take(chunk)
        return bool(chunk)

    def finish(self) -> None:
        """Take a last line that was never ended, and put everything on disk."""
        if self._held:
            self._take(b"\n")
        os.fsync(self._file)

    def close(self) -> None:
        """Let go of both files."""
        os.close(self._file)
        if self._raw is not None:
            os.close(self._raw)
            self._raw = None

    def _take(self, chunk: bytes) -> None:
        ended, newline, rest = chunk.rpartition(b"\n")
        if newline:
            if self._held:
                first, newline, ended = ended.partition(b"\n")
                self._hold(first)
                self._tell(self._release(), redact=True)
            if newline:
                self._tell_all(ended)
        if rest:
            self._hold(rest)

    def _hold(self, piece: bytes) -> None:
        self._held += len(piece)
        self._pieces.append(piece)
        if self._held > LONGEST_LINE:
            self._pieces = [b"".join(self._pieces)[:_KEPT]]

    def _release(self) -> bytes:
        line, length = b"".join(self._pieces), self._held
        self._pieces, self._held = [], 0
        if length <= LONGEST_LINE:
            return line
        if seen := self._redactor.leaks(line, f"stream.ndjson:{self.line + 1}"):
            self._saw(self.line + 1, seen)
        return cut(self._redactor.line(line), length)

    def _tell_all(self, lines: bytes) -> None:
        # one search over many lines, because hardly any holds a secret
        clean = self._redactor.line(lines)
        if clean is lines and self._is_new() and (self._room is None or self._room.takes_all(len(lines) + 1)):
            self._write(lines + b"\n")
            for line in lines.split(b"\n"):
                self._count(line)
        else:
            for line in lines.split(b"\n"):
                self._tell(line, redact=clean is not lines)

    def _tell(self, line: bytes, redact: bool) -> None:
        clean = self._redactor.line(line) if redact else line
        # looked at here, for a line that is stored holds nothing to be found any more
        if clean is not line and (seen := self._redactor.leaks(line, f"stream.ndjson:{self.line + 1}")):
            self._saw(self.line + 1, seen)
        # what is left out stays an empty line, so that lines keep their numbers
        kept = clean if self._room is None or self._room.takes(clean) else b""
        if self._is_new():
            self._write(kept + b"\n")
        self._count(clean)

    def _count(self, line: bytes) -> None:
        self.line += 1
        self.heard += not line.startswith(HEARTBEAT)
        if is_telling(line) or self._awaited(line):
            self._told(self.line, line)

    def _is_new(self) -> bool:
        assert self._written is not None, "nothing is taken before it is known what was copied"
        return self.line >= self._written

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]


def cut(beginning: bytes, length: int) -> bytes:
    """What stands in the copy for a line that is too long: its length and its beginning."""
    # the end of what was kept may hold a part of a secret whose rest was cut away
    kept = beginning[: _KEPT // 2].decode("utf-8", "replace")
    return json.dumps({"type": "ccorch_cut", "bytes": length, "beginning": kept}).encode()


def _reopened(copy: Path) -> int:
    """The copy, open for appending, without a line that a crash left half written."""
    make_private_dir(copy.parent, copy.parent.parent)
    file = os.open(copy, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    end = os.fstat(file).st_size
    while end:
        start = max(0, end - CHUNK)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            os.ftruncate(file, start + newline + 1)
            return file
        end = start
    os.ftruncate(file, 0)
    return file


def _lines_in(copy: Path) -> int:
    return sum(chunk.count(b"\n") for chunk in _chunks(copy))


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
