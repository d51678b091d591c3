"""Pictures as SVG text: bars that are compared, and spans along a common time; every word in them is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from ccorch.rules import amounts
from ccorch.views.document import short

WIDTH = 900
ROW = 22
NAMES = 220
"""Room for the names, left of the picture."""

VALUES = 110
"""Room for the values, right of bars."""

MOST = 60
"""Rows of a picture."""

Kind = Literal["bar", "good", "bad", "still"]
"""still: set back, or not over."""


@dataclass(frozen=True)
class Bar:
    """One amount."""

    name: str
    value: float
    says: str
    """The amount in words."""


@dataclass(frozen=True)
class Span:
    """Something that began and ended, in seconds since a common beginning."""

    name: str
    begun: float
    ended: float
    kind: Kind
    says: str


def bars(found: Sequence[Bar]) -> str:
    """Amounts beside each other, the largest as long as there is room."""
    shown = found[:MOST]
    most = max((bar.value for bar in shown), default=0.0) or 1.0
    room = WIDTH - NAMES - VALUES
    rows = (
        f"{_name(bar.name, at)}"
        f'<rect class="bar" x="{NAMES}" y="{at * ROW + 4}" height="{ROW - 8}" '
        f'width="{max(room * max(bar.value, 0.0) / most, 1):.1f}"><title>{_text(bar.says)}</title></rect>'
        f'<text class="soft" x="{NAMES + room * max(bar.value, 0.0) / most + 6:.1f}" y="{at * ROW + 15}">'
        f"{_text(bar.says)}</text>"
        for at, bar in enumerate(shown)
    )
    return _svg(len(shown), rows)


def spans(found: Sequence[Span]) -> str:
    """Along one time, what lay when; a row for each name, in the order in which they began."""
    names = list(dict.fromkeys(span.name for span in found))[:MOST]
    end = max((span.ended for span in found), default=0.0) or 1.0
    room = WIDTH - NAMES - 10
    return _svg(
        len(names) + 1, (*(_name(name, at) for at, name in enumerate(names)), *_spans(found, names, end, room))
    )


def _spans(found: Sequence[Span], names: Sequence[str], end: float, room: float) -> Iterator[str]:
    places = {name: at for at, name in enumerate(names)}
    for part in range(5):
        x = NAMES + room * part / 4
        yield f'<line class="axis" x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{len(names) * ROW}"/>'
        anchor = "end" if part == 4 else "start"
        yield f'<text class="soft" x="{x:.1f}" y="{len(names) * ROW + 15}" text-anchor="{anchor}">'
        yield f"{amounts.span(end * part / 4)}</text>"
    for span in found:
        if span.name in places:
            x, wide = NAMES + room * span.begun / end, max(room * (span.ended - span.begun) / end, 2)
            yield f'<rect class="{span.kind}" x="{x:.1f}" y="{places[span.name] * ROW + 4}" height="{ROW - 8}" '
            yield f'width="{wide:.1f}" rx="2"><title>{_text(span.says)}</title></rect>'


def _svg(rows: int, parts: Sequence[str] | Iterator[str]) -> str:
    height = max(rows, 1) * ROW
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">{"".join(parts)}</svg>'
    )


def _name(name: str, at: int) -> str:
    return f'<text x="{NAMES - 8}" y="{at * ROW + 15}" text-anchor="end">{_text(short(name, 32))}</text>'


def _text(text: str) -> str:
    return escape(short(text), quote=True)
