"""A text in parts that can be written as Markdown or as a page: headings, words, points, tables, pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ccorch.rules import plain

MOST_ROWS = 400
"""Rows of a table that are written out."""

LONGEST = 2_000
"""Letters of one text; what is longer is cut, for it is evidence only in its own file."""


@dataclass(frozen=True)
class Heading:
    """Begins a part."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Words:
    """A sentence or some."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Points:
    """Sentences one below the other."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows under their heads."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """The rows that are written out, with a last one about the others."""
        left = len(self.rows) - MOST_ROWS
        more = ((f"… {left} more", *[""] * (len(self.heads) - 1)),) if left > 0 else ()
        return (*self.rows[:MOST_ROWS], *more)


@dataclass(frozen=True)
class Picture:
    """Something that people would rather look at; only a page shows it."""

    svg: str
    says: str
    """What is seen, in words."""


_MARKUP = re.compile(r"[\\`*{}\[\]<>#|!~]|(?<![^\W_])_|_(?![^\W_])")
"""Letters that could be markup; an underscore within a word is none."""

Part = Heading | Words | Points | Table | Picture


def markdown(parts: Sequence[Part]) -> str:
    """The parts as Markdown, in which every text stays text."""
    return "\n\n".join(filter(None, ("\n".join(_lines(part)) for part in parts))) + "\n"


def _lines(part: Part) -> Iterator[str]:
    match part:
        case Heading(text, level):
            yield f"{'#' * level} {still(text)}"
        case Words(text, strong):
            yield f"**{still(text)}**" if strong else still(text)
        case Points(items):
            yield from (f"- {still(item)}" for item in items)
        case Table(heads):
            yield f"| {' | '.join(heads)} |"
            yield f"|{'---|' * len(heads)}"
            for row in part.shown:
                yield f"| {' | '.join(still(text, 300) or ' ' for text in row)} |"


def still(text: str, most: int = LONGEST) -> str:
    """A text on one line, so that it stays text: no markup, no table, no link."""
    return _MARKUP.sub(r"\\\g<0>", short(text, most))


def short(text: str, most: int = LONGEST) -> str:
    """A text on one line, without anything unseen, cut where it is too long."""
    return plain.short(text, most)
