"""Where a watcher left off, as text: by run the number of the last event that it knows, and where that ends."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ccorch.errors import CursorUnknown
from ccorch.schema.ids import SHORT

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONG = 16
"""All digits of a run's id, for runs that begin alike."""

_PART = re.compile(r"([0-9a-f]{8,16})-([0-9a-z]{1,9})-([0-9a-z]{1,9})")


@dataclass(frozen=True, order=True)
class Mark:
    """A place in a run's log: after the event with this number, at this byte."""

    seq: int = 0
    offset: int = 0


def spelled(marks: Mapping[str, Mark]) -> str:
    """The places of these runs as a cursor; runs that begin alike are named by more digits."""
    digits = next((n for n in range(SHORT, _LONG) if len({run[:n] for run in marks}) == len(marks)), _LONG)
    return ".".join(f"{run[:digits]}-{_base36(mark.seq)}-{_base36(mark.offset)}" for run, mark in marks.items())


def marks_of(cursor: str) -> dict[str, Mark]:
    """The places that a cursor names, by the beginnings of their runs; raises CursorUnknown for what is none."""
    found: dict[str, Mark] = {}
    for part in cursor.split(".") if cursor else ():
        match = _PART.fullmatch(part)
        if match is None:
            raise CursorUnknown(f"{cursor[:80]!r} is no cursor")
        found[match[1]] = Mark(int(match[2], 36), int(match[3], 36))
    return found


def known_of(marks: Mapping[str, Mark], runs: Collection[str]) -> dict[str, Mark | None]:
    """What is known of each run; null for one that no place is of, or only one that may be another run's.

    Raises CursorUnknown for a place of none of them.
    """
    meant = {short: [run for run in runs if run.startswith(short)] for short in marks}
    if strange := [short for short, found in meant.items() if not found]:
        raise CursorUnknown(f"the cursor is of run {strange[0]}, which is not among those that are waited for")
    sure = {found[0]: marks[short] for short, found in sorted(meant.items()) if len(found) == 1}
    return {run: sure.get(run) for run in runs}


def _base36(number: int) -> str:
    letters = ""
    while number:
        number, digit = divmod(number, 36)
        letters = _DIGITS[digit] + letters
    return letters or "0"
