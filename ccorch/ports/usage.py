"""What was used and spent, for readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.rules.usage import Billed, Counts
    from ccorch.schema.ledger import LedgerLine


@dataclass(frozen=True)
class Used:
    """What was used, and what the reader should know about how it was found."""

    sums: Mapping[str, Counts]
    """By the word that was asked for; empty is what names none."""
    bills: tuple[Billed, ...]
    """What runs' bills say together; several may be of one judgement."""
    note: str | None = None


class Usage(Protocol):
    """The ledger of all projects, for readers."""

    def used(self, by: str, since: str, until: str, profile: str | None) -> Used:
        """What was used on these local days, told by a field of `Key`; requests under way as booked ahead."""
        ...

    def requests(self, since: float, until: float) -> Iterator[LedgerLine]:
        """The last line of every request that ended in that time; reads the ledger itself."""
        ...

    def day_of(self, at: float) -> str:
        """The local day of a moment."""
        ...
