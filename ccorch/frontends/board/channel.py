"""One source of news that many listen to; it is asked only while somebody does."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

from ccorch.errors import CcorchError
from ccorch.frontends.board.words import message

MOST_UNREAD = 64
"""Messages that a listener may leave unread; then it has to begin anew."""

KEEP_ALIVE = 15.0
"""Seconds without news after which a listener is shown that the board still lives."""


class Channel:
    """Gives each listener all that is known, and what is new from then on."""

    def __init__(
        self,
        whole: Callable[[], Awaitable[bytes]],
        news: Callable[[], Awaitable[bytes | None]],
        rest: Callable[[], float],
    ) -> None:
        """`rest` gives the seconds until it is asked for news again."""
        self._whole = whole
        self._news = news
        self._rest = rest
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        self._asking: asyncio.Task[None] | None = None

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    async def listen(self) -> AsyncGenerator[bytes, None]:
        """Messages, until the source is gone or the channel is closed. Raises what `whole` raises."""
        unread: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_UNREAD)
        first = await self._whole()
        self._listeners.add(unread)
        try:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            yield first
            while True:
                try:
                    part = await asyncio.wait_for(unread.get(), KEEP_ALIVE)
                except TimeoutError:
                    part = b": alive\n\n"
                if part is None:
                    return
                yield part
        finally:
            self._listeners.discard(unread)
            if not self._listeners:
                self._stop()

    def close(self) -> None:
        """Ask for nothing more, and send every listener away."""
        self._stop()
        self._send_away()

    def _stop(self) -> None:
        """Ask no more. That ends a moment later; who comes in between must not take it for one that asks."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _send_away(self) -> None:
        for unread in self._listeners:
            _put(unread, None)

    async def _ask(self) -> None:
        while True:
            await asyncio.sleep(self._rest())
            try:
                news = await self._news()
            except CcorchError as problem:
                self._tell(message("over", problem.as_data()))
                self._send_away()
                return
            if news is not None:
                self._tell(news)

    def _tell(self, part: bytes) -> None:
        for unread in self._listeners:
            _put(unread, part)


def _put(unread: asyncio.Queue[bytes | None], part: bytes | None) -> None:
    """What does not fit takes the place of everything unread: a listener that is so late begins anew."""
    if unread.full():
        while not unread.empty():
            unread.get_nowait()
        part = None
    with suppress(asyncio.QueueFull):
        unread.put_nowait(part)
