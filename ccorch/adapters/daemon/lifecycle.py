"""The daemon's life: lock, house, adoption, socket, and an end when it is idle or asked to drain."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from ccorch import __version__
from ccorch.adapters.daemon import lock, socket
from ccorch.adapters.daemon.place import Place
from ccorch.errors import ArgumentInvalid
from ccorch.schema.run import Submission

PATIENCE = 5.0
"""Seconds to wait for the lock: an older daemon may be draining."""

LOOK = 0.5
"""Seconds between looks whether the daemon is idle."""


class House(Protocol):
    """What the daemon hosts."""

    @property
    def live(self) -> tuple[str, ...]:
        """Runs that are not over."""
        ...

    @property
    def idle_seconds(self) -> float:
        """Seconds without runs after which it may end."""
        ...

    def submit(self, submission: Submission) -> None:
        """Accept a run."""
        ...

    def stop(self, run: str, by: Any, reason: str) -> bool:
        """Ask a run to stop."""
        ...

    def tidy(self) -> None:
        """Do the housekeeping that is due."""
        ...


async def serve(
    place: Place,
    open_house: Callable[[], AbstractAsyncContextManager[House]],
    ready: Callable[[], None] = lambda: None,
    *,
    signals: bool = True,
    enough: asyncio.Event | None = None,
) -> bool:
    """Be the daemon until idle, drained or signalled; False when another one lives."""
    held = lock.take(place.lock, PATIENCE)
    if held is None:
        return False
    over = enough or asyncio.Event()
    if signals:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, over.set)
    try:
        async with open_house() as house:
            server = await socket.listen(place.socket, _Desk(house, over).answer)
            ready()
            await _until_over(house, over)
            server.close()
            place.socket.unlink(missing_ok=True)
    finally:
        os.close(held)
    return True


async def _until_over(house: House, over: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    busy_at = loop.time()
    while not over.is_set():
        house.tidy()
        if house.live:
            busy_at = loop.time()
        if loop.time() - busy_at >= house.idle_seconds:
            return
        try:
            await asyncio.wait_for(over.wait(), LOOK)
        except TimeoutError:
            continue


class _Desk:
    """Answers clients."""

    def __init__(self, house: House, over: asyncio.Event) -> None:
        self._house = house
        self._over = over

    async def answer(self, verb: str, words: dict[str, Any]) -> dict[str, Any]:
        match verb:
            case "hello":
                return {"version": __version__, "pid": os.getpid(), "live": list(self._house.live)}
            case "submit":
                self._house.submit(Submission.model_validate_json(words["submission"]))
                return {"accepted": True}
            case "stop":
                return {"asked": self._house.stop(words["run"], words["by"], words["reason"])}
            case "drain":
                self._over.set()
                return {"draining": True}
        raise ArgumentInvalid(f"the daemon knows no verb {verb!r}")
