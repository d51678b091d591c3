"""What those need who look at runs again and again: every look costs what is new, and changes no byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.schema.event import Event
    from ccorch.schema.run_row import WatchedRow
    from ccorch.schema.summary import RunSummary


@dataclass(frozen=True)
class Look:
    """What is new since the look before."""

    changed: tuple[WatchedRow, ...] = ()
    """Runs that are new, or of which something is; their states are what their logs say."""
    gone: tuple[str, ...] = ()
    """Runs whose folders are not there any more."""
    left_out: tuple[str, ...] = ()
    """All runs that cannot be read, each with the reason."""
    problem: str | None = None
    """Why the index was of no use; null when it was."""


class Watch(Protocol):
    """All runs of this user, looked at again and again."""

    def look(self) -> Look:
        """What is new; the first look tells every run."""
        ...

    def summary(self, run: str) -> RunSummary:
        """A run that is not over, as of the last look: where its nodes and gates stand. Raises RunNotFound."""
        ...


class Reader(Protocol):
    """One run's log, read on."""

    def news(self, most: int) -> tuple[Event, ...]:
        """The next events, at most so many; nothing when there are no more yet. Raises RunCorrupt."""
        ...


class Looked(Protocol):
    """Runs that can be looked at again and again."""

    def watch(self) -> Watch:
        """Look at all runs from now on."""
        ...

    def reader(self, run: str) -> Reader:
        """Read a run's log from its beginning on. Raises RunNotFound."""
        ...
