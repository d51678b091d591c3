"""Cuts the text of an expression into words, and says all at once which signs are none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from ccorch.rules.expression.problems import Problem
from ccorch.rules.expression.tree import PLAIN

LONGEST = 2000
MOST_WORDS = 600

Kind = Literal["word", "text", "number", "mark", "end"]


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of the text that means something."""

    kind: Kind
    written: str
    column: int
    value: str | int | float | None = None

    def is_(self, *written: str) -> bool:
        """Whether it is one of these marks or reserved words."""
        return self.written in written and (self.kind == "mark" or self.kind == "word")


def cut(text: str) -> tuple[tuple[Word, ...], tuple[Problem, ...]]:
    """The words of a text with an end behind them, and everything that is no word."""
    if len(text) > LONGEST:
        return (), (Problem(LONGEST + 1, "", f"{len(text)} letters are too long; the most is {LONGEST}"),)
    words: list[Word] = []
    problems: list[Problem] = []
    for found in _cut(text):
        if isinstance(found, Word):
            words.append(found)
        else:
            problems.append(found)
    if len(words) > MOST_WORDS:
        over = words[MOST_WORDS]
        problems.append(
            Problem(over.column, over.written, f"{len(words)} words are too many; the most is {MOST_WORDS}")
        )
    return (*words, Word("end", "", len(text) + 1)), tuple(problems)


_SIGNS = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<text>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![A-Za-z_])
      | (?P<digits>[0-9]+[A-Za-z_][A-Za-z0-9_-]*)
      | (?P<foreign>===|!==|<>|&&|\|\||=(?!=)|!(?!=)|\*\*|[-+*/%])
      | (?P<mark>==|!=|<=|>=|[<>()\[\],.])
      | (?P<unclosed>["'])
      | (?P<word>"""
    + PLAIN.pattern
    + ")",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
_INSTEAD = {"=": "==", "===": "==", "!==": "!=", "<>": "!=", "&&": "and", "||": "or", "!": "not"}


def _cut(text: str) -> Iterator[Word | Problem]:
    place = 0
    while place < len(text):
        found = _SIGNS.match(text, place)
        column = place + 1
        if found is None:
            yield _unknown(text[place], column)
            place += 1
            continue
        yield from _read(found.lastgroup or "", found[0], column)
        # behind an open quote nothing can be told apart
        place = len(text) if found.lastgroup == "unclosed" else found.end()


def _read(group: str, written: str, column: int) -> Iterator[Word | Problem]:
    match group:
        case "space":
            return
        case "text":
            yield from _text(written, column)
        case "number":
            yield _number(written, column)
        case "word":
            yield Word("word", written, column)
        case "mark":
            yield Word("mark", written, column)
        case "digits":
            instead = f'node("{written}")'
            yield Problem(column, written, f"a node's id that begins with a digit is written {instead}")
        case "unclosed":
            yield Problem(column, written, f"the text that begins with {written} has no end")
        case _:
            yield _foreign(written, column)


def _text(written: str, column: int) -> Iterator[Word | Problem]:
    for place, letter in enumerate(written):
        if not letter.isprintable():
            number = f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
            yield Problem(column + place, letter, f"an unseen letter in a text; write {number}")
    for escape in _ESCAPE.finditer(written):
        if _unescaped(escape) is None:
            known = "\\\\ \\\" \\' \\n \\t \\uXXXX \\UXXXXXXXX"
            yield Problem(column + escape.start(), escape[0], f"{escape[0]!r} means nothing; known are {known}")
    value = _ESCAPE.sub(lambda escape: _unescaped(escape) or "", written[1:-1])
    yield Word("text", written, column, value)


def _unescaped(escape: re.Match[str]) -> str | None:
    said = escape[1]
    if len(said) == 1:
        return _ESCAPED.get(said)
    number = int(said[1:], 16)
    return chr(number) if number < 0xD800 or 0xDFFF < number < 0x110000 else None


def _number(written: str, column: int) -> Word | Problem:
    if written.lstrip("-").isdigit():
        return Word("number", written, column, int(written))
    value = float(written)
    if not isfinite(value):
        return Problem(column, written, f"{written} is too large")
    return Word("number", written, column, value)


def _foreign(written: str, column: int) -> Problem:
    if instead := _INSTEAD.get(written):
        return Problem(column, written, f"write {instead} instead of {written}")
    return Problem(column, written, f"{written!r} has no meaning here; there is no arithmetic")


def _unknown(letter: str, column: int) -> Problem:
    shown = repr(letter) if letter.isprintable() else f"the unseen letter U+{ord(letter):04X}"
    return Problem(column, letter, f"{shown} has no meaning outside of quotes")
