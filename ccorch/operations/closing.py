"""The end of a run is told a moment before all of it is written; who acts on it waits for that."""

from collections.abc import Iterable
from math import ceil

from ccorch.operations.house import House

LOOK_SECONDS = 0.05
SETTLE_SECONDS = 5.0
"""How long who waited for a run's end also waits until its verdict, ledger and list of files are written."""


def await_written(house: House, run: str, seconds: float) -> None:
    """Wait until whoever drove a run that is over has written its end, at most so long.

    Where nobody does, the next daemon is started, which makes an end that was cut off.
    """
    for _ in range(ceil(seconds / LOOK_SECONDS)):
        if not house.library.is_closing(run):
            return
        if not house.engine.is_alive():
            house.engine.ensure()
        house.pause(LOOK_SECONDS)


def settle(house: House, over: Iterable[str], seconds: float) -> None:
    """Have what runs that are over leave be written before they are told of, as long as the asker has time."""
    for run in over:
        await_written(house, run, min(seconds, SETTLE_SECONDS))
