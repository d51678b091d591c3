"""What those need who look at runs again and again: every look costs what is new, and changes no byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.ports.listing import RunRow
    from ccorch.schema.event import Event
    from ccorch.schema.summary import RunSummary


@dataclass(frozen=True)
class Listed:
    """A run as a list shows it."""

    row: RunRow
    severities: Mapping[str, int]
    """How many findings of each severity there are."""
    asks: int
    """How many gates wait for an answer."""
    doing: str
    """The node at work that is named first, and what it does."""


@dataclass(frozen=True)
class Look:
    """What is new since the look before."""

    changed: tuple[Listed, ...] = ()
    gone: tuple[str, ...] = ()
    """Runs whose folders are not there any more."""
    left_out: tuple[str, ...] = ()
    """All runs that cannot be read, each with the reason."""


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
