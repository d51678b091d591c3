"""The end of a run is told a moment before all of it is written; who acts on it waits for that."""

from collections.abc import Iterable
from contextlib import suppress
from math import ceil

from ccorch.errors import CcorchError
from ccorch.operations.house import House

LOOK_SECONDS = 0.05
SETTLE_SECONDS = 5.0
"""How long who waited for ends also waits until verdicts, ledgers and lists of files are written, all together."""


def await_written(house: House, runs: Iterable[str], seconds: float) -> None:
    """Wait until whoever drove runs that are over has written their ends, at most so long for all of them.

    Where nobody does, the next daemon is started, which makes an end that was cut off.
    """
    looks = ceil(seconds / LOOK_SECONDS)
    for run in runs:
        while looks and house.library.is_closing(run):
            if not house.engine.is_alive():
                house.engine.ensure()
            house.pause(LOOK_SECONDS)
            looks -= 1


def settle(house: House, over: Iterable[str], seconds: float) -> None:
    """Have what runs that are over leave be written before they are told of, as long as the asker has time."""
    # they are over all the same where nobody can be had to write that down
    with suppress(CcorchError, OSError):
        await_written(house, over, min(seconds, SETTLE_SECONDS))
