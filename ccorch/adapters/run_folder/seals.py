"""What ccorch itself has written of a run, by hash, kept in the state folder: by that a forged file is told.

A worker's fences let it write into its worktree alone. One that gets out of them finds the run folder beside the
project, and might write its own verdict; what decides is therefore compared with what is noted here.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ccorch.adapters.files import append_line, make_private_dir, open_below, whole_lines, writing

DECIDING = ("verdict.json", "decision.json", "result.json", "handoff.json", "change.json", "checkout.json")
"""Names of files from which something follows: one that ccorch has not written counts for nothing."""

GROWS = ""
"""Stands for the hash of a file to which lines are added; what it holds is noted again at the run's end."""

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass
class _Known:
    """What one file should hold; while it is being replaced, the old content or the new one."""

    now: str | None = None
    coming: str | None = None

    def is_own(self, digest: str) -> bool:
        return digest in (self.coming, self.now) or self.now == GROWS


@dataclass(frozen=True)
class LogMark:
    """Where a log stood when one of its decisive events was written."""

    seq: int = 0
    offset: int = 0
    chain: str = ""
    """Hash of every line so far, each with the hash before it."""

    def after(self, line: bytes) -> "LogMark":
        """The mark when one more line is written."""
        chain = hashlib.sha256(self.chain.encode() + line).hexdigest()
        return LogMark(self.seq + 1, self.offset + len(line), chain)


class Seals:
    """The notes about one run; others may add to them, so they are read on before they are asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._files: dict[str, _Known] = {}
        self._marks: list[LogMark] = []

    def exist(self) -> bool:
        """Whether anything was noted; runs of earlier versions have nothing."""
        self._read_on()
        return self._offset > 0

    def begin(self) -> None:
        """Note that from now on everything is noted."""
        self._add({"log": 0, "offset": 0, "chain": ""})

    def delete(self) -> None:
        """Take all notes away, of a run that did not come to be; where even that fails, they stay."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def coming(self, name: str, content: bytes) -> None:
        """The file is about to be written."""
        self._add({"coming": name, "sha256": _sha256(content)})

    def written(self, name: str, digest: str) -> None:
        """The file is there."""
        self._add({"file": name, "sha256": digest})

    def grows(self, name: str) -> None:
        """Lines are about to be added to the file."""
        self._read_on()
        if self.has(name):
            self._add({"file": name, "sha256": GROWS})

    def is_own(self, name: str, content: bytes) -> bool:
        """Whether ccorch has written this, as far as anybody can tell."""
        if not self.exist():
            return True
        return self.fits(name, _sha256(content))

    def fits(self, name: str, digest: str) -> bool:
        """The same by the content's hash, where something was noted."""
        known = self._files.get(name)
        return known.is_own(digest) if known else name.rpartition("/")[2] not in DECIDING

    def differences(self, there: Mapping[str, str]) -> Iterator[str]:
        """How these files, by name and hash, differ from what was noted, in words."""
        self._read_on()
        for name in self._files:
            if name not in there:
                yield f"{name} is missing"
            elif not self.fits(name, there[name]):
                yield f"{name} was changed"
        for name in there:
            if name not in self._files and name.rpartition("/")[2] in DECIDING:
                yield f"{name} is not ccorch's"

    def mark(self, mark: LogMark) -> None:
        """A decisive event is about to be written, after which the log stands there."""
        self._add({"log": mark.seq, "offset": mark.offset, "chain": mark.chain})

    def latest(self, offset: int) -> LogMark | None:
        """Where the log stood last, as far as it reaches now; null where nothing fits."""
        self._read_on()
        return next((mark for mark in reversed(self._marks) if mark.offset <= offset), None)

    def has(self, name: str) -> bool:
        """Whether it was noted what the file holds."""
        return name in self._files and self._files[name].now != GROWS

    def log_is_own(self, path: Path) -> bool:
        """Whether the log is the one that was written, up to its last decisive event."""
        self._read_on()
        if not self._marks:
            return True
        last, before = self._marks[-1], ([LogMark(), *self._marks])[-2]
        here, was_before = LogMark(), not before.seq
        try:
            with open_below(path.parent, path.name) as file:
                for line in file:
                    here = here.after(line)
                    if here.seq == last.seq:
                        return here == last
                    was_before = was_before or here == before
        except OSError:
            return False
        # whoever was killed between the note and the line has written one line less
        return here.seq == last.seq - 1 and was_before

    def _add(self, told: dict[str, object]) -> None:
        make_private_dir(self._path.parent, self._path.parent)
        with writing(self._path):
            file = os.open(self._path, _FLAGS, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                append_line(file, _unglued(file) + json.dumps(told).encode() + b"\n", durable=False)
            finally:
                os.close(file)

    def _read_on(self) -> None:
        for line in self._new_lines():
            try:
                told = json.loads(line)
            except ValueError:
                continue  # torn, because its writer was killed: what it told of was not begun
            if "log" in told:
                mark = LogMark(told["log"], told["offset"], told["chain"])
                if self._marks and self._marks[-1].seq == mark.seq:
                    self._marks.pop()
                self._marks = [*self._marks[-1:], mark]
            elif "coming" in told:
                self._files.setdefault(told["coming"], _Known()).coming = told["sha256"]
            else:
                self._files[told["file"]] = _Known(now=told["sha256"])

    def _new_lines(self) -> Iterator[bytes]:
        try:
            with open_below(self._path.parent, self._path.name) as file:
                file.seek(self._offset)
                for line in whole_lines(file):
                    self._offset += len(line)
                    yield line
        except FileNotFoundError:
            return


def _unglued(file: int) -> bytes:
    """The end of the last line, where somebody was killed while writing it."""
    size = os.fstat(file).st_size
    return b"\n" if size and os.pread(file, 1, size - 1) != b"\n" else b""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
