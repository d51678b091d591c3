"""Where words begin in bytes that may be JSON, and how a cut avoids splitting one of its escapes."""

import re

_COLOUR = re.compile(rb"\[[0-9;]{0,12}m\Z")
_LONGEST_COLOUR = 14
_ESCAPED = re.compile(rb"(?:\\[nrtbf]|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2})\Z")
_HEX = frozenset(b"0123456789abcdefABCDEF")
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def word_begins(line: bytes, at: int) -> bool:
    """Whether no letter, digit, dash or underscore stands before; the tail of an escape is none of them."""
    if at == 0 or line[at - 1] not in _WORD:
        return True
    if line[at - 1] == ord("m") and _COLOUR.search(line[max(at - _LONGEST_COLOUR, 0) : at]):
        return True
    tail = line[max(at - 6, 0) : at]
    return (b"\\" in tail or b"%" in tail) and _ESCAPED.search(tail) is not None


def whole_escapes(line: bytes, span: tuple[int, int, bytes]) -> tuple[int, int, bytes]:
    """The span, widened so that it neither begins nor ends inside an escape such as `\\n` or `\\u00e9`."""
    start, end, kind = span
    return _escape_around(line, start)[0], _escape_around(line, end)[1], kind


def _escape_around(line: bytes, at: int) -> tuple[int, int]:
    """Beginning and end of the escape that `at` lies inside of; twice `at` when it lies in none."""
    if at < len(line) and _begins_escape(line, at - 1):
        return at - 1, at + (5 if line[at : at + 1] == b"u" else 1)
    for back in range(2, 6):
        first = at - back
        if line[first + 1 : first + 2] == b"u" and _begins_escape(line, first):
            digits = line[first + 2 : first + 6]
            return (first, first + 6) if len(digits) == 4 and _HEX.issuperset(digits) else (at, at)
    return at, at


def _begins_escape(line: bytes, at: int) -> bool:
    """Whether the backslash there is not itself escaped."""
    if at < 0 or line[at] != 92:
        return False
    first = at
    while first > 0 and line[first - 1] == 92:
        first -= 1
    return (at - first) % 2 == 0
