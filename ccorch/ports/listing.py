"""The list of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccorch.schema.run_row import KeptRow


@dataclass(frozen=True)
class Listing:
    """Runs, newest first, and what the reader should know about how they were found."""

    rows: tuple[KeptRow, ...]
    note: str | None = None
    left_out: tuple[str, ...] = ()
    """Runs whose folders cannot be read."""
