"""Wakes whoever follows an attempt the moment its shim ends, so that nobody sleeps until the next look."""

import asyncio
import os
from pathlib import Path

from ccorch.adapters.process import group
from ccorch.adapters.process.attempt import shim_of


class Gone:
    """Waits beside one attempt, whoever started its shim; to be closed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.get_running_loop()
        self._handle: int | None = None
        self._ended: asyncio.Future[None] = self._loop.create_future()

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until the shim ends; once it has, every rest lasts its time."""
        if self._handle is None and not self._ended.done():
            self._watch()
        if self._handle is None:
            await asyncio.sleep(seconds)
        else:
            await asyncio.wait({self._ended}, timeout=seconds)

    def close(self) -> None:
        """Watch no more."""
        if self._handle is not None:
            self._loop.remove_reader(self._handle)
            os.close(self._handle)
            self._handle = None

    def _watch(self) -> None:
        known = shim_of(self._folder)
        if known is None:
            return
        try:
            handle = os.pidfd_open(known.pid)
        except (AttributeError, OSError):  # it has ended, or the kernel cannot tell: the next look finds out
            return
        # the handle pins whoever has the pid now, so a match after opening stays true
        if group.identify(known.pid) != known:
            os.close(handle)
            return
        self._handle = handle
        self._loop.add_reader(handle, self._over)

    def _over(self) -> None:
        self.close()
        if not self._ended.done():
            self._ended.set_result(None)
