"""Run folders, as those see them who write them and those who read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ccorch.ports.shelf import Shelf
from ccorch.ports.watching import Watching

if TYPE_CHECKING:
    from ccorch.ports.listing import Census, Listing
    from ccorch.schema.cursor import Mark
    from ccorch.schema.event import Event
    from ccorch.schema.outline import Outline
    from ccorch.schema.plan import Plan
    from ccorch.schema.run import Submission
    from ccorch.schema.run_row import KeptRow
    from ccorch.schema.summary import RunSummary


class Runs(Protocol):
    """Run folders: the truth about what was done."""

    def create(self, submission: Submission) -> None:
        """Make the run folder; raises RunStateConflict when it exists with another plan."""
        ...

    def append(self, run: str, event: Event) -> Event:
        """Write the event durably with the next seq and the time."""
        ...

    def events(self, run: str, after: int = 0) -> Iterator[Event]:
        """The events with a higher seq, in order; a torn last line is skipped."""
        ...

    def plan(self, run: str) -> Plan:
        """The plan; raises RunCorrupt."""
        ...

    def read(self, run: str, name: str) -> bytes | None:
        """A file of the run by its relative name; null when there is none.

        Raises EvidenceForged for one from which something follows and that ccorch has not written so.
        """
        ...

    def artifact(self, run: str, name: str, content: bytes) -> None:
        """Store a file of the run under its relative name, whole or not at all."""
        ...

    def grow(self, run: str, name: str, lines: bytes) -> None:
        """Add whole lines to a file of a run that is not over; a crash may leave some of them."""
        ...


class Sealed(Protocol):
    """Runs whose files are compared with what ccorch noted when it wrote them."""

    def forged(self, run: str) -> tuple[str, ...] | None:
        """What of a run is not as ccorch wrote it, in words; null when nobody can tell."""
        ...

    def put_aside(self, run: str, name: str) -> str:
        """Give what lies under this name of a run another name, unread; the name."""
        ...


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


class Library(Runs, Sealed, Shelf, Watching, Digested, Protocol):
    """Every run of this user, for readers."""

    def resolve(self, short: str | None, project: Path, only_here: bool = False) -> str:
        """The id that a unique beginning stands for; None is the latest run here, else elsewhere if that may be."""
        ...

    def rows(self, limit: int) -> Listing:
        """The latest runs of all projects."""
        ...

    def census(self, here: Path | None = None) -> Census:
        """How every run stands, of all projects or of the folder of this one: for who looks at thousands."""
        ...

    def summaries(self, limit: int) -> Iterator[RunSummary]:
        """Those of the latest runs of all projects; what cannot be read is passed over."""
        ...

    def outline(self, run: str) -> Outline:
        """The plan in short; raises RunCorrupt."""
        ...

    def row(self, run: str) -> KeptRow:
        """One run's line."""
        ...

    def summary(self, run: str) -> RunSummary:
        """The run in short, without reading its log again where that is known."""
        ...

    def folder(self, run: str) -> Path:
        """The run folder."""
        ...

    def is_closing(self, run: str) -> bool:
        """Whether the end of a run that is over is still being written: its ledger, verdict and list of files."""
        ...

    def last_seq(self, run: str) -> int:
        """Sequence number of the last whole event."""
        ...
