"""The ledger's files: one append-only ndjson file a month, written a line at a time and read by offset."""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ccorch.adapters.files import whole_lines
from ccorch.errors import WorkspaceUnwritable
from ccorch.rules.spending import Figures, read_figures
from ccorch.schema.ledger import LedgerLine

T = TypeVar("T")

TORN = b"#\n"
"""Ends a torn line so that it stays unreadable, even when only its newline was missing."""
Write = Callable[[int, bytes], int]
_UNDER_WAY = re.compile(rb'\{"id":"([\w-]+)","state":"(?:open|progress)",.*\}\n')
"""A whole line that is not its request's last, as this house writes it."""


class LedgerFile:
    """Appends lines to `<folder>/<yyyy-mm>.ndjson` of their own UTC month; one daemon writes at a time."""

    def __init__(self, folder: Path, write: Write = os.write) -> None:
        self.folder = folder
        self._write = write
        self._month = ""
        self._file = -1
        self._is_torn = False

    def append(self, line: LedgerLine) -> None:
        """Put one line at the end in one write, or raise WorkspaceUnwritable; a torn part is later skipped."""
        text = line.model_dump_json(exclude_none=True).encode() + b"\n"
        try:
            self._open(month_of(line.at))
            text = TORN + text if self._is_torn else text
            self._is_torn = True
            written = self._write(self._file, text)
        except OSError as error:
            raise _unwritable(self.folder, error.strerror or str(error)) from error
        if written != len(text):
            raise _unwritable(self.folder, "No space left for a whole line")
        self._is_torn = False

    def close(self) -> None:
        """Give the open file back; the next line opens it again."""
        if self._file >= 0:
            os.close(self._file)
        self._file, self._month = -1, ""

    def _open(self, month: str) -> None:
        if month == self._month:
            return
        self.close()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(self.folder / f"{month}.ndjson", flags, 0o600)
        self._month = month
        self._is_torn = _ends_torn(self._file)


class LedgerReader:
    """Reads what was appended since it last looked; broken lines are skipped, a torn last one waited for."""

    def __init__(
        self,
        folder: Path,
        since: str = "",
        offsets: Mapping[str, int] = {},
        unfinished: Mapping[str, bytes] = {},
        *,
        always: Iterable[str] = (),
    ) -> None:
        """`offsets` and `unfinished` are those of a reader that this one goes on for.

        Of the months before `since`, the lines of the runs `always` are read.
        """
        self.folder = folder
        self._since = since
        self._always = _about(always)
        self.offsets = dict(offsets)
        """Bytes that were read of each file."""
        self.unfinished = dict(unfinished)
        """Newest line of each request without a last one, as far as last lines were asked for."""

    def new_lines(self) -> Iterator[LedgerLine]:
        """Lines not yet seen, from the month `since` on, oldest first."""
        for raw in self._new():
            line = self._parsed(raw)
            if line is not None:
                yield line

    def last_figures(self) -> Iterator[tuple[Figures, bytes]]:
        """Of the lines not yet seen the last one of each request, read only as far as it is added up.

        Several times faster than whole lines: a daemon starts with two months of them.
        """
        yield from self.last(read_figures)

    def last(self, read: Callable[[Mapping[str, Any]], T]) -> Iterator[tuple[T, bytes]]:
        """What `read` makes of the last line of each request not yet seen; what it refuses is skipped."""
        for raw in self._new():
            if found := _UNDER_WAY.fullmatch(raw):
                self.unfinished[found[1].decode()] = raw
                continue
            try:
                data = json.loads(raw)
                if data["state"] in ("closed", "refused"):
                    made = read(data)
                    self.unfinished.pop(data["id"], None)
                    yield made, raw
                else:
                    self.unfinished[str(data["id"])] = raw
            except (KeyError, TypeError, ValueError, RecursionError):
                continue

    def left_open(self) -> Iterator[LedgerLine]:
        """Newest lines of the requests that `last_figures` found without a last one."""
        for raw in self.unfinished.values():
            line = self._parsed(raw)
            if line is not None:
                yield line

    def _new(self) -> Iterator[bytes]:
        for path in sorted(self.folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9].ndjson")):
            if path.stem >= self._since:
                yield from self._lines_of(path)
            elif self._always is not None:
                yield from filter(self._always.search, self._lines_of(path))

    def _lines_of(self, path: Path) -> Iterator[bytes]:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            file.seek(self.offsets.get(path.name, 0))
            for raw in whole_lines(file):
                self.offsets[path.name] = self.offsets.get(path.name, 0) + len(raw)
                yield raw

    def _parsed(self, raw: bytes) -> LedgerLine | None:
        if not raw.strip():
            return None
        try:
            return LedgerLine.model_validate_json(raw)
        except ValidationError:
            return None


def _about(runs: Iterable[str]) -> re.Pattern[bytes] | None:
    """Finds lines of these runs as this house writes them; None for no runs."""
    names = "|".join(re.escape(run) for run in sorted(runs))
    return re.compile(f'"run":"(?:{names})"'.encode()) if names else None


def month_of(at: float) -> str:
    """The UTC month of a moment, as the files are named."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m")


def _ends_torn(file: int) -> bool:
    size = os.fstat(file).st_size
    return size > 0 and os.pread(file, 1, size - 1) != b"\n"


def _unwritable(folder: Path, reason: str) -> WorkspaceUnwritable:
    return WorkspaceUnwritable(
        f"the ledger in {folder} cannot be written: {reason}",
        hint="free space or make the folder writable; until then nothing is forwarded to a provider",
    )
