"""What was told between two places of a log: reads that part alone, and only the lines that a watcher is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.adapters.files import open_below
from ccorch.adapters.run_folder.log import event_of
from ccorch.errors import CursorUnknown, RunCorrupt
from ccorch.schema.cursor import Mark, spelled

if TYPE_CHECKING:
    from ccorch.schema.event import Event

LEFT_OUT = frozenset(
    b"worker_ready model_served tool_called tool_began command_ran tool_denied tool_failed said "
    b"request_retried metered output_reached held_back".split()
)
"""Types of the many events that only say what a worker does; the summary counts them."""

_ENOUGH = 80
"""Bytes in which the beginning of an event fits."""

_NUMBER = re.compile(rb'\{"seq":(\d+),')
_BEGINNING = re.compile(rb'\{"seq":(\d+),"at":[^,]*,"type":"(\w+)"')


def told(path: Path, after: Mark, until: Mark) -> Iterator[Event]:
    """The events between two places of the log, without those that are left out; raises CursorUnknown."""
    if after == until == Mark():
        return
    if after.offset == until.offset and after.seq != until.seq:
        raise _unknown(path, after)
    try:
        file = open_below(path.parent, path.name)
    except OSError as error:
        raise RunCorrupt(f"cannot read {path}: {error.strerror}", path=str(path)) from error
    with file:
        seq, place = after.seq, after.offset
        file.seek(max(place - 1, 0))
        if (place and file.read(1) != b"\n") or not _fits(file.read(_ENOUGH), seq):
            raise _unknown(path, after)
        file.seek(place)
        while place < until.offset and (line := file.readline()).endswith(b"\n"):
            seq, place = seq + 1, place + len(line)
            found = _BEGINNING.match(line)
            if found is None or found[2] not in LEFT_OUT:
                yield event_of(path, seq, line)


def _unknown(path: Path, mark: Mark) -> CursorUnknown:
    run = path.parent.name
    return CursorUnknown(f"cursor {spelled({run: mark})!r} is no place in the log of run {run}", run=run)


def _fits(coming: bytes, seq: int) -> bool:
    """Whether what stands behind a place, if anything does, has the next number."""
    found = _NUMBER.match(coming)
    return found is None or int(found[1]) == seq + 1
