"""Lets a worker's tool calls go on as far as its stream has been read, where they wait for that."""

import asyncio
from pathlib import Path

from ccorch.adapters.process import attempt as shim


class Passing:
    """One reader of one attempt; whoever follows it after a restart says again how far it has come."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waits: bool | None = None
        self._told = 0

    async def read(self, lines: int) -> None:
        """So many lines of the stream have been read, and nothing in them ends the attempt."""
        if self._waits is None:
            self._waits = shim.has_turnstile(self._folder)
        is_news = self._waits and lines > self._told
        if is_news and await asyncio.to_thread(shim.send, self._folder, {"do": "pass", "lines": lines}):
            self._told = lines
