"""The thread in which the board looks at runs, and the channels on which it tells what it sees."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from ccorch.errors import Busy
from ccorch.frontends.board.channel import Channel
from ccorch.frontends.board.words import as_json, message
from ccorch.operations.board import Board, OpenRun
from ccorch.operations.house import House

P = ParamSpec("P")
T = TypeVar("T")

LIST_SECONDS = 1.0
"""Seconds between two looks at all runs."""

RUN_SECONDS = 0.5
"""Seconds between two looks at one run."""

AT_ONCE = 0.25
"""Seconds for which one run's log is read before others have their turn."""

MOST_OPEN = 8
"""Runs whose log is kept read, so that somebody who comes back waits for nothing."""


class Room:
    """Everything that looks at runs happens here, one after the other."""

    def __init__(self, open_house: Callable[[], House]) -> None:
        self._thread = ThreadPoolExecutor(1, "board")
        self._open_house = open_house
        self._board: Board | None = None
        self._runs: dict[str, OpenRun] = {}
        self._channels: dict[str, Channel] = {}
        self._is_closed = False

    async def do(self, work: Callable[P, T], *words: P.args, **more: P.kwargs) -> T:
        """Do something that looks at runs. Raises Busy once the room is closed."""
        if self._is_closed:  # a page that asks again while the server ends is answered, and nobody else is told
            raise Busy("this board has ended", hint="`ccorch board` begins another")
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*words, **more))

    @property
    def board(self) -> Board:
        """The board; to be asked in the room's thread only."""
        if self._board is None:
            self._board = Board(self._open_house())
        return self._board

    def runs(self) -> Channel:
        """The list of runs."""

        async def whole() -> bytes:
            return await self.do(lambda: message("whole", self.board.whole()))

        async def news() -> bytes | None:
            def ask() -> bytes | None:
                found = self.board.news()
                return None if found is None else message("news", found)

            return await self.do(ask)

        return self._channel("", lambda: Channel(whole, news, lambda: LIST_SECONDS))

    def run(self, run: str) -> Channel:
        """One run."""

        async def whole() -> bytes:
            return await self.do(lambda: message("whole", self._read(run).page()))

        async def news() -> bytes | None:
            def ask() -> bytes | None:
                found = self._read(run).news()
                return None if found is None else message("news", found)

            return await self.do(ask)

        def rest() -> float:
            opened = self._runs.get(run)
            return 0.0 if opened is not None and opened.is_reading else RUN_SECONDS

        return self._channel(run, lambda: Channel(whole, news, rest))

    async def queue(self) -> str:
        """What waits, and why."""
        return await self.do(lambda: as_json(self.board.queue()))

    def close(self) -> None:
        """Send everybody away."""
        self._is_closed = True
        for channel in self._channels.values():
            channel.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _channel(self, key: str, make: Callable[[], Channel]) -> Channel:
        self._channels = {known: one for known, one in self._channels.items() if one.is_heard or known == key}
        if key not in self._channels:
            self._channels[key] = make()
        return self._channels[key]

    def _read(self, run: str) -> OpenRun:
        """The run's page with what is new in its log, or with as much of it as a moment allows."""
        opened = self._runs.pop(run, None) or self.board.open(run)
        until = time.monotonic() + AT_ONCE
        while opened.read_on() and time.monotonic() < until:
            continue
        self._runs[run] = opened
        while len(self._runs) > MOST_OPEN:
            del self._runs[next(iter(self._runs))]
        return opened
