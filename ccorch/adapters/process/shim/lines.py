"""Stream lines in fixed memory: only control lines are kept, results are noticed, everything else passes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

MAX_CONTROL = 32 << 20
"""The longest control line that is kept; a longer one is announced without its text."""

_MAX_UNKNOWN = 256 << 10
_PEEK = 64
_LEADING_TYPE = re.compile(rb'\{"type":"([a-z_]+)"')
_CONTROL = ("control_request", "control_response", "control_cancel_request")
_READ = (*_CONTROL, "result", "system")


class Line(NamedTuple):
    """A line that matters: its place, its top-level words, and its text where it was kept whole."""

    number: int
    """Its place in the stream, from 1; every line counts."""
    type: str
    subtype: str
    request_id: str
    answered: tuple[str, ...]
    """The message uuids that a result says it answers."""
    text: bytes | None


class Lines:
    """Cuts a byte stream into lines and reports control, result and system lines."""

    def __init__(self, report: Callable[[Line], None], max_control: int = MAX_CONTROL) -> None:
        self._report = report
        self._max_control = max_control
        self._carry = b""
        self._current: _Open | None = None
        self._at_start = True
        self._number = 0

    def feed(self, data: bytes) -> None:
        """Take the next piece of the stream, cut anywhere."""
        if self._carry:
            data, self._carry = self._carry + data, b""
        position, end = 0, len(data)
        while position < end:
            newline = data.find(b"\n", position)
            if self._at_start:
                if newline < 0 and end - position < _PEEK:
                    self._carry = data[position:]
                    return
                self._current = _open(data[position : position + _PEEK], self._max_control)
                self._at_start = False
            stop = end if newline < 0 else newline
            if self._current:
                self._current.take(data, position, stop)
            if newline >= 0:
                self._end_line()
            position = stop + 1

    def _end_line(self) -> None:
        line, self._current, self._at_start = self._current, None, True
        self._number += 1
        if line and line.heading.words.get("type") in _READ:
            self._report(line.close(self._number))


def _open(head: bytes, max_control: int) -> _Open | None:
    """A reader for a line that begins so, or none if it can only be data."""
    match = _LEADING_TYPE.match(head)
    if match is None:
        # A result of Claude Code 2.1.330 names its type after megabytes of denied tool input.
        return _Open(_MAX_UNKNOWN, max_control) if head.startswith(b"{") else None
    name = match[1].decode()
    if name in _CONTROL:
        return _Open(max_control, max_control)
    return _Open(0, max_control) if name in _READ else None


class _Open:
    """A line being read: its heading always, its text as long as it may be kept."""

    def __init__(self, limit: int, max_control: int) -> None:
        self.heading = Heading()
        self._limit = limit
        self._max_control = max_control
        self._kept: bytearray | None = bytearray() if limit else None

    def take(self, data: bytes, start: int, stop: int) -> None:
        self.heading.feed(data, start, stop)
        if self._kept is None:
            return
        kind = self.heading.words.get("type")
        limit = self._max_control if kind in _CONTROL else self._limit if kind is None else 0
        if len(self._kept) + stop - start > limit:
            self._kept = None
        else:
            self._kept += memoryview(data)[start:stop]

    def close(self, number: int) -> Line:
        words, text = self.heading.words, self._kept
        return Line(
            number,
            words["type"],
            words.get("subtype", ""),
            words.get("request_id", ""),
            tuple(self.heading.answered),
            None if text is None else bytes(text),
        )


class Heading:
    """The few top-level words of one JSON object, found in a single pass without keeping the object."""

    _WORDS = (b"type", b"subtype", b"request_id")
    _LIST = b"user_message_uuids"
    _STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
    _OUTER = re.compile(rb'["{}\[\]:,]')
    _INNER = re.compile(rb'["{}\[\]]')

    def __init__(self) -> None:
        self.words: dict[str, str] = {}
        self.answered: list[str] = []
        self._depth = 0
        self._key = b""
        self._text = b""
        self._in_string = False
        self._escaped = False

    def feed(self, data: bytes, start: int, stop: int) -> None:
        """Read on from where the last piece ended."""
        position = start
        while position < stop:
            if self._in_string:
                position = self._string(data, position, stop)
            else:
                position = self._structure(data, position, stop)

    def _string(self, data: bytes, position: int, stop: int) -> int:
        if self._escaped:
            self._escaped = False
            return position + 1
        match = self._STRING_REST.match(data, position, stop)
        end = match.end() if match else stop
        if self._depth <= 2 and len(self._text) < 256:
            self._text += data[position : min(end, position + 256)]
        if end < stop:
            self._escaped = data[end] == 0x5C
            if not self._escaped:
                self._in_string = False
                self._word()
        return end + 1

    def _word(self) -> None:
        if self._depth == 1 and self._key in self._WORDS:
            self.words.setdefault(self._key.decode(), self._text.decode("utf-8", "replace"))
        elif self._depth == 2 and self._key == self._LIST and len(self.answered) < 1000:
            self.answered.append(self._text.decode("utf-8", "replace"))

    def _structure(self, data: bytes, position: int, stop: int) -> int:
        match = (self._OUTER if self._depth == 1 else self._INNER).search(data, position, stop)
        if match is None:
            return stop
        match match[0]:
            case b'"':
                self._in_string, self._text = True, b""
            case b":":
                self._key = self._text
            case b",":
                self._key = b""
            case b"{" | b"[":
                self._depth += 1
            case _:
                self._depth -= 1
        return match.end()
