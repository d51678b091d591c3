"""Where a watcher left off, as text: by run the number of the last event that it knows, and where that ends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ccorch.errors import CursorUnknown

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PART = re.compile(r"([0-9a-f]{8})-([0-9a-z]{1,9})-([0-9a-z]{1,9})")


@dataclass(frozen=True, order=True)
class Mark:
    """A place in a run's log: after the event with this number, at this byte."""

    seq: int = 0
    offset: int = 0


def spelled(marks: Mapping[str, Mark]) -> str:
    """The places of these runs as a cursor."""
    return ".".join(f"{run[:8]}-{_base36(mark.seq)}-{_base36(mark.offset)}" for run, mark in marks.items())


def marks_of(cursor: str) -> dict[str, Mark]:
    """The places that a cursor names, by the beginnings of their runs; raises CursorUnknown for what is none."""
    found: dict[str, Mark] = {}
    for part in cursor.split(".") if cursor else ():
        match = _PART.fullmatch(part)
        if match is None:
            raise CursorUnknown(f"{cursor[:80]!r} is no cursor")
        found[match[1]] = Mark(int(match[2], 36), int(match[3], 36))
    return found


def _base36(number: int) -> str:
    letters = ""
    while number:
        number, digit = divmod(number, 36)
        letters = _DIGITS[digit] + letters
    return letters or "0"
