"""Text in cells: how wide it is on a terminal, how it is cut, and how it stands in tables and columns."""

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest

from ccorch.rules.plain import line, plain

GAP = 2
"""Spaces between columns."""

NARROWEST = 6
"""Cells below which a column of a table is not shrunk."""

FOLDED = 20
"""Cells that a column which is folded at words gets before another column is dropped for it."""

LANE = 36
"""Cells that a lane needs to stand beside others."""

_COMMAND = re.compile(r"`[^`]+`")
_HELD = "\0"
"""Stands for a space at which no line may break; `plain` lets no other through."""


MARGIN = "│ "
"""Stands before every line that a worker wrote, so that none of them looks like one of ccorch's own."""


def quoted(lines: Iterable[str]) -> Iterator[str]:
    """What a worker wrote, behind its margin."""
    return (f"{MARGIN}{text}".rstrip() for text in lines)


def cells(text: str) -> int:
    """Columns that the text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def clip(text: str, width: int) -> str:
    """The text in at most that many cells; what was cut is shown by an ellipsis."""
    if cells(text) <= width:
        return text
    kept, used = [], 0
    for letter in text:
        used += _cells(letter)
        if used > width - 1:
            break
        kept.append(letter)
    return "".join(kept) + "…" if width > 0 else ""


def pad(text: str, width: int) -> str:
    """The text filled with spaces to that many cells."""
    return text + " " * (width - cells(text))


Rows = Sequence[Sequence[str]]


def table(heads: Sequence[str], rows: Rows, width: int, gives: str = "", drops: Sequence[str] = ()) -> list[str]:
    """Rows under their heads, what the column `gives` says folded at words.

    What is too wide gives way in this order: that column down to a few words, whole columns as `drops` lists them,
    then the widest ones. The first column names the row and is cut last, but takes at most half the room or what
    others leave.
    """
    return _table(heads, rows, width, gives, drops, True)


def cut(heads: Sequence[str], rows: Rows, width: int, gives: str = "", drops: Sequence[str] = ()) -> list[str]:
    """The same with one line for each row, what the column `gives` says cut at its end."""
    return _table(heads, rows, width, gives, drops, False)


def _table(
    heads: Sequence[str], rows: Rows, width: int, gives: str, drops: Sequence[str], folds: bool
) -> list[str]:
    shown = [[line(cell) for cell in row] for row in (heads, *rows)]
    needed = _needed(shown, width)
    kept = _kept(shown[0], needed, width, gives, drops, least=FOLDED if folds else 2 * NARROWEST)
    if len(kept) < len(needed):
        shown = [[row[place] for place in kept] for row in shown]
        needed = _needed(shown, width)
    widths = _widths(shown[0], needed, width, gives)
    place = shown[0].index(gives) if folds and gives in shown[0] else None
    return [text for row in shown for text in _lines_of(row, widths, width, place)]


def _kept(
    heads: Sequence[str], wanted: Sequence[int], width: int, gives: str, drops: Sequence[str], least: int
) -> list[int]:
    """The places of the columns for which there is room, the ones that may go gone as far as it takes."""
    needed = list(wanted)
    if gives in heads:
        place = heads.index(gives)
        needed[place] = min(needed[place], least)
    kept = list(range(len(heads)))
    for name in drops:
        if sum(needed[place] for place in kept) + GAP * (len(kept) - 1) <= width:
            break
        kept = [place for place in kept if heads[place] != name]
    return kept


def _widths(heads: Sequence[str], needed: Sequence[int], width: int, gives: str) -> list[int]:
    first, *others = needed
    room = width - GAP * len(others) - first
    if gives in heads[1:]:
        place = heads[1:].index(gives)
        others[place] = max(
            min(others[place], room - sum(others) + others[place]), min(others[place], 2 * NARROWEST)
        )
    while others and sum(others) > room and max(others) > NARROWEST:
        others[others.index(max(others))] -= 1
    return [first, *others]


def _needed(shown: Rows, width: int) -> list[int]:
    """Cells that each column takes if nothing gives way; one endless name must not take all others with it."""
    first, *others = [max(cells(cell) for cell in column) for column in zip(*shown, strict=True)]
    left = width - sum(others) - GAP * len(others)
    return [min(first, max(left, width // 2)) if others else first, *others]


def _lines_of(row: Sequence[str], widths: Sequence[int], width: int, folded: int | None) -> Iterator[str]:
    parts = [""] if folded is None else wrapped(row[folded], widths[folded])
    for number, part in enumerate(parts):
        cell_of = [("" if number else cell) if place != folded else part for place, cell in enumerate(row)]
        yield clip(_row(cell_of, widths).rstrip(), width)


def lane(count: int, width: int) -> int | None:
    """Cells that each of so many lanes has side by side; None where that is too little."""
    each = (width - GAP * (count - 1)) // max(count, 1)
    return each if each >= LANE else None


def columns(blocks: Sequence[Sequence[str]], each: int) -> list[str]:
    """Blocks of lines side by side in columns of so many cells."""
    folded = [[part for text in block for part in wrapped(text, each)] for block in blocks]
    return [_row(row, [each] * len(blocks)).rstrip() for row in zip_longest(*folded, fillvalue="")]


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """The text's lines folded to the width; each keeps its indentation, and a command that fits stays whole."""
    return list(_wrapped(text, width, indent))


@lru_cache(maxsize=256)
def _wrapped(text: str, width: int, indent: str) -> tuple[str, ...]:
    """The same, once for what stands in many rows."""
    return tuple(part for raw in plain(text).expandtabs(4).split("\n") for part in _folded(raw, width, indent))


def _folded(raw: str, width: int, indent: str) -> Iterator[str]:
    lead = indent + raw[: len(raw) - len(raw.lstrip())][: width // 2]
    room = width - cells(lead)
    held = _COMMAND.sub(lambda found: _held(found[0], room), raw.strip())
    yield from (part.replace(_HELD, " ") for part in _parts(held, width, lead))


def _held(command: str, room: int) -> str:
    return command.replace(" ", _HELD) if cells(command) <= room else command


def _parts(text: str, width: int, lead: str) -> Iterator[str]:
    if text.isascii():
        yield from textwrap.wrap(
            text,
            max(width, 8),
            break_on_hyphens=False,
            initial_indent=lead,
            subsequent_indent=lead,
            drop_whitespace=True,
        ) or [""]
        return
    row = lead
    for word in _pieces(text):
        if cells(row) + cells(word) > width and row.strip():
            yield row.rstrip()
            row = lead
            word = word.lstrip()
        row += word
    yield row.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """Words with the space before them; wide letters stand alone, for lines may break between them."""
    word = ""
    for letter in text:
        if letter == " " or _cells(letter) == 2:
            yield word
            word = ""
        word += letter
        if _cells(letter) == 2:
            yield word
            word = ""
    yield word


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * GAP).join(map(_fitted, row, widths))


def _fitted(text: str, width: int) -> str:
    if text.isascii() and len(text) <= width:
        return text.ljust(width)
    return pad(clip(text, width), width)


def _cells(letter: str) -> int:
    if letter.isascii():
        return 1
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
