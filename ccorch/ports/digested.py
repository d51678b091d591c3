"""What was told in a run since somebody looked, at a cost that no log's size changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.schema.cursor import Mark
    from ccorch.schema.event import Event


class Digested(Protocol):
    """Runs of which only what is new is told."""

    def project(self, run: str) -> Path:
        """The project that a run lies in; raises RunNotFound."""
        ...

    def size(self, run: str) -> int:
        """Where the log ends now; -1 when it cannot be seen. It only says whether a look is worth while."""
        ...

    def told(self, run: str, after: Mark, until: Mark) -> Iterator[Event]:
        """The events between two places, without the many that only say what a worker does.

        Raises CursorUnknown when the first place is none of this log.
        """
        ...

    def part(self, run: str, name: str, offset: int, most: int) -> tuple[bytes, int] | None:
        """So many bytes of a file of the run from there on, and how many it has in all; null when there is none."""
        ...
