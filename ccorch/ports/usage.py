"""What was used and spent, for readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ccorch.rules.usage import Counts

if TYPE_CHECKING:
    from ccorch.rules.usage import Billed
    from ccorch.schema.ledger import LedgerLine


@dataclass(frozen=True)
class Used:
    """What was used, and what the reader should know about how it was found."""

    sums: Mapping[str, Counts]
    """By the word that was asked for; empty is what names none."""
    bills: tuple[Billed, ...]
    """What runs' bills say together; several may be of one judgement."""
    note: str | None = None
    others: Counts = field(default_factory=Counts)
    """What all further words have together, where only the largest were asked for."""
    left: int = 0
    """How many those are."""


class Usage(Protocol):
    """The ledger of all projects, for readers."""

    def used(self, by: str, since: str, until: str, profile: str | None, most: int | None = None) -> Used:
        """What was used on these local days, told by a field of `Key`; requests under way as booked ahead.

        With `most`, words that are not among so many largest may be told together.
        """
        ...

    def requests(self, since: float, until: float) -> Iterator[LedgerLine]:
        """The last line of every request that ended in that time; reads the ledger itself."""
        ...

    def day_of(self, at: float) -> str:
        """The local day of a moment."""
        ...
