"""The files of a run, for those who read them one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ccorch.schema.artifacts import Left


@dataclass(frozen=True)
class Listed:
    """A file of a run."""

    path: str
    bytes: int
    sha256: str


class Files(Protocol):
    """The files of a run; only those that are asked about are read."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in order."""
        ...

    @property
    def final(self) -> bool:
        """Whether the run is over; before that, files come and grow."""
        ...

    def about(self, names: Sequence[str]) -> tuple[Listed, ...]:
        """Size and hash of these; what has gone away meanwhile is left out."""
        ...


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

    def listed(self, run: str) -> Files:
        """The files of the run by their names."""
        ...

    def lines(self, run: str, path: str, start: int, most: int, most_bytes: int, holding: str) -> Lines:
        """Lines of a listed file from a number on, only those that hold the text; raises NotFound."""
        ...
