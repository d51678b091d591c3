"""A line of the list of runs, and the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccorch.schema.status import Covered, RunStatus


@dataclass(frozen=True)
class RunRow:
    """A line of the list of runs."""

    run: str
    status: RunStatus
    task: str
    project: str
    label: str | None
    submitted_at: float
    ended_at: float | None
    nodes: int
    passed: int
    usd: float | None
    simulated: bool
    roles: str
    seq: int
    plan: Covered | None = None
    workflow: str = ""
    """What it was asked to do its work by; empty is unknown."""


@dataclass(frozen=True)
class Listing:
    """Runs, newest first, and what the reader should know about how they were found."""

    rows: tuple[RunRow, ...]
    note: str | None = None
    left_out: tuple[str, ...] = ()
    """Runs whose folders cannot be read."""
