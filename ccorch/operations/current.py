"""How a run stands now, without reading its log again while somebody sums it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccorch.operations.house import House
    from ccorch.ports.watching import Snapshot

REST_SECONDS = 0.025
MOST_RESTS = 80
"""Two seconds: the daemon sums up what is new within a twentieth of one, also of a log that grows all the time."""


def current(house: House, run: str, alive: bool) -> Snapshot:
    """The run as it stood when this was asked, or later."""
    end = house.library.size(run)
    for _ in range(MOST_RESTS if alive else 0):
        seen = house.library.snapshot(run)
        if seen.offset >= end:
            return seen
        house.pause(REST_SECONDS)
    return house.library.snapshot(run, exact=True)
