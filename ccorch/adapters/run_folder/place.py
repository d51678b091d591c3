"""Where in a log an event stands: found by halving, so that no log is too long to be paged through."""

import os
import re
from dataclasses import dataclass
from typing import BinaryIO

NEAR = 1 << 16
"""Bytes that are read line by line at the end of the search."""

_NUMBER = re.compile(rb'\{"seq":(\d{1,15}),')


@dataclass
class Place:
    """A place in a log: after the event with this number, at this byte."""

    seq: int = 0
    offset: int = 0


def leap(file: BinaryIO, place: Place, seq: int) -> None:
    """Move the place near the event with that number and never past it, or near the end when there are fewer."""
    end = os.fstat(file.fileno()).st_size
    while end - place.offset > NEAR:
        middle = (place.offset + end) // 2
        found = _line_after(file, middle)
        if found is None or found.seq > seq or not _is_further(found, place):
            end = middle
        else:
            place.seq, place.offset = found.seq, found.offset


def _line_after(file: BinaryIO, offset: int) -> Place | None:
    """The place before the first line that begins behind this byte, as the line itself says it."""
    file.seek(offset)
    start = offset + len(file.readline())
    number = _NUMBER.match(file.read(40))
    return Place(int(number[1]) - 1, start) if number else None


def _is_further(found: Place, place: Place) -> bool:
    """Whether it can lie behind the other one in a log whose every line has the next number."""
    return place.seq < found.seq <= place.seq + found.offset - place.offset
