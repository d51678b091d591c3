"""A measured figure beside its limit."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, and what it may be at most, or at least."""

    name: str
    value: float
    limit: float
    unit: str
    note: str = ""
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the limit is kept."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def cells(self) -> tuple[str, ...]:
        """One row of the table."""
        bound = "≥" if self.at_least else "≤"
        shown = f"{_number(self.value)} {self.unit}", f"{bound} {_number(self.limit)} {self.unit}"
        return self.name, *shown, "ok" if self.holds else "OVER", self.note


def table(figures: Iterable[Figure]) -> str:
    """The figures as aligned lines."""
    rows = [("figure", "measured", "limit", "", ""), *(figure.cells for figure in figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = (_line(row, widths) for row in rows)
    return "\n".join(lines) + "\n"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, *numbers, verdict, note = row
    aligned = (cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=False))
    return "  ".join([name.ljust(widths[0]), *aligned, verdict.ljust(widths[3]), note]).rstrip()


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value == int(value) else f"{value:.3g}" if value >= 0.01 else f"{value:.4f}"
