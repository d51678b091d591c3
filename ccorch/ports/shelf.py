"""The files of a run, for those who read them one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.schema.artifacts import Left


@dataclass(frozen=True)
class Listed:
    """A file of a run."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Lines:
    """Some lines of a file, each with its number."""

    lines: tuple[tuple[int, str], ...]
    next: int | None
    """Line to go on with; null at the end."""
    total: int
    """Lines of the whole file."""
    cut: bool
    """Whether a line was too long and is shown in part."""


class Shelf(Protocol):
    """Runs whose files can be listed and read; nothing is followed out of the run's folder."""

    def kept(self, run: str) -> Left:
        """What lies in the run's folder."""
        ...

    def listed(self, run: str) -> tuple[tuple[Listed, ...], bool]:
        """Every file of the run by its name, and whether the list is final."""
        ...

    def lines(self, run: str, path: str, start: int, most: int, most_bytes: int, holding: str) -> Lines:
        """Lines of a listed file from a number on, only those that hold the text; raises NotFound."""
        ...
