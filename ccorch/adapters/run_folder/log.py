"""A run's event log: one JSON line an event, numbered by its line, appended durably or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ccorch.adapters.files import append_line, open_below, whole_lines, writing
from ccorch.adapters.run_folder.place import Place as Place
from ccorch.adapters.run_folder.place import leap
from ccorch.adapters.run_folder.seals import LogMark, Seals
from ccorch.errors import RunCorrupt, RunStateConflict

if TYPE_CHECKING:
    from ccorch.schema.event import Event

_STEP = 65_536
FOREIGN = "foreign"
"""Stands in the chain of a log into which somebody else has written."""


class EventLog:
    """Appends to one log. Others may append too: the file is looked at anew when it is not as it was left."""

    def __init__(self, path: Path, seals: Seals | None = None) -> None:
        """With `seals` it is noted there where the log stands after each decisive event."""
        self.path = path
        self._end = Place()
        self._seals = seals
        self._mark: LogMark | None = None

    def append(self, event: Event, at: float, *, durable: bool = True) -> Event:
        """Write the event as the next one; an event that has a number must have the next one's.

        What is not durable by itself is so with the next event that is.
        """
        with writing(self.path):
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(self.path, flags, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                return self._append(file, event, at, durable)
            finally:
                os.close(file)

    def _append(self, file: int, event: Event, at: float, durable: bool) -> Event:
        from ccorch.schema.event import DECISIVE, AnyEvent

        if os.fstat(file).st_size != self._end.offset:
            self._end = _healed_end(file, self.path)
        seq = self._end.seq + 1
        if event.seq not in (0, seq):
            raise RunStateConflict(f"event {event.seq} is not the next one, {seq} is", seq=event.seq, next=seq)
        written = event.model_copy(update={"seq": seq, "at": at})
        line = AnyEvent.dump_json(written) + b"\n"
        decisive = durable and event.type in DECISIVE
        mark = self._marked(file, line, decisive) if self._seals is not None else None
        # what a worker did can be read from its stream again; what was decided about it cannot
        append_line(file, line, durable=decisive)
        self._end, self._mark = Place(seq, self._end.offset + len(line)), mark
        return written

    def _marked(self, file: int, line: bytes, decisive: bool) -> LogMark:
        """Where the log stands after the line; noted before a decisive one is written."""
        assert self._seals is not None, "who asks has looked"
        known = self._mark
        if known is None or known.offset != self._end.offset:
            known = _resumed(file, self._seals.latest(self._end.offset), self._end)
        mark = known.after(line)
        if decisive:
            self._seals.mark(mark)
        return mark


def read(path: Path, place: Place) -> Iterator[Event]:
    """The whole events after a place; moves the place along, so that the next read goes on from there."""
    with _opened(path) as file:
        file.seek(place.offset)
        for line in whole_lines(file):
            event = event_of(path, place.seq + 1, line)
            place.seq, place.offset = event.seq, place.offset + len(line)
            yield event


def skip(path: Path, place: Place, seq: int) -> None:
    """Move the place to just after the event with that number, or to the end when there are fewer."""
    if place.seq >= seq:
        return
    with _opened(path) as file:
        leap(file, place, seq)
        file.seek(place.offset)
        while place.seq < seq and (line := file.readline()).endswith(b"\n"):
            place.seq, place.offset = place.seq + 1, place.offset + len(line)


def _opened(path: Path) -> BinaryIO:
    try:
        return open_below(path.parent, path.name)
    except OSError as error:
        raise RunCorrupt(f"cannot read {path}: {error.strerror}", path=str(path)) from error


def event_of(path: Path, seq: int, line: bytes) -> Event:
    """The event that a line of the log is; raises RunCorrupt when it is none, or not the one with that number."""
    from pydantic import ValidationError

    from ccorch.schema.event import AnyEvent

    try:
        event = AnyEvent.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _corrupt(path, seq, first["msg"]) from error
    if event.seq != seq:
        raise _corrupt(path, seq, f"it is numbered {event.seq}")
    return event


def _corrupt(path: Path, line: int, reason: str) -> RunCorrupt:
    return RunCorrupt(f"{path}, line {line} is not an event: {reason}", path=str(path), line=line)


def _resumed(file: int, known: LogMark | None, end: Place) -> LogMark:
    """Go on from what was noted last. Decisive lines that nobody has noted are not ours: they break the chain."""
    from ccorch.schema.event import DECISIVE, AnyEvent

    mark = known or LogMark(chain=FOREIGN)
    for line in os.pread(file, end.offset - mark.offset, mark.offset).splitlines(keepends=True):
        mark = mark.after(line)
        if AnyEvent.validate_json(line).type in DECISIVE:
            mark = LogMark(mark.seq, mark.offset, FOREIGN)
    return LogMark(end.seq, end.offset, mark.chain if mark.seq == end.seq else FOREIGN)


def _healed_end(file: int, path: Path) -> Place:
    """Cut off a torn last line, and tell where the log ends."""
    size = os.fstat(file).st_size
    end = _after_last_newline(file, size)
    if end != size:
        os.ftruncate(file, end)
    if end == 0:
        return Place()
    start = _after_last_newline(file, end - 1)
    return Place(_number(path, os.pread(file, end - start, start)), end)


def _number(path: Path, line: bytes) -> int:
    from pydantic import ValidationError

    from ccorch.schema.event import AnyEvent

    try:
        return AnyEvent.validate_json(line).seq
    except ValidationError as error:
        raise RunCorrupt(f"the last line of {path} is not an event", path=str(path)) from error


def _after_last_newline(file: int, end: int) -> int:
    """Where the line begins that holds the byte before `end`."""
    while end > 0:
        start = max(end - _STEP, 0)
        at = os.pread(file, end - start, start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0
