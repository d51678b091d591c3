"""The list of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ccorch.schema.run_row import KeptRow
    from ccorch.schema.status import RunStatus


@dataclass(frozen=True)
class Listing:
    """Runs, newest first, and what the reader should know about how they were found."""

    rows: tuple[KeptRow, ...]
    note: str | None = None
    left_out: tuple[str, ...] = ()
    """Runs whose folders cannot be read."""


class Brief(NamedTuple):
    """How a run stands, and nothing of what its line tells beside that."""

    status: RunStatus
    project: str
    """Project that it works on, as its log says."""
    submitted_at: float
    """Unix time."""
    ended_at: float | None
    """Unix time; null while it is not over."""


@dataclass(frozen=True)
class Census:
    """How every run stands, newest first."""

    runs: Mapping[str, Brief]
    left_out: tuple[str, ...] = ()
    """Runs whose folders cannot be read."""
