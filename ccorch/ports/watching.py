"""What somebody needs who watches runs: which there are, how one stood, and what was written since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ccorch.ports.looking import Looked
from ccorch.schema.cursor import Mark

if TYPE_CHECKING:
    from ccorch.schema.run_row import KeptRow
    from ccorch.schema.summary import RunSummary


@dataclass(frozen=True)
class Snapshot:
    """A run as it was when so much of its log was read."""

    row: KeptRow
    summary: RunSummary
    offset: int
    """Bytes of the log that it was made from."""

    @property
    def mark(self) -> Mark:
        """The place of the log that it was made at."""
        return Mark(self.row.seq, self.offset)


@dataclass(frozen=True)
class Tail:
    """What stands in a log behind a place."""

    content: bytes
    """Whole lines; a torn last one is left for the next time."""
    offset: int
    """Where the next look begins."""
    is_all: bool
    """Whether there is nothing more yet."""

    @property
    def lines(self) -> tuple[bytes, ...]:
        """The lines, without their ends."""
        return tuple(self.content.splitlines())


class Watching(Looked, Protocol):
    """Follows runs at the price of what is new in them."""

    def snapshot(self, run: str, exact: bool = False) -> Snapshot:
        """The run as it was last summed up, which may be a while ago unless that has to be exact.

        Raises RunNotFound and RunCorrupt.
        """
        ...

    def snapshots(self) -> Mapping[str, Snapshot]:
        """Every run as it is now; what cannot be read is left out."""
        ...

    def tail(self, run: str, offset: int, name: str = "events.ndjson") -> Tail | None:
        """What is new behind that byte; a negative one counts from the end, and what it tears is left out.

        Of the log, or of the run's file with that relative name. Null when it is gone or shorter than that.
        """
        ...
