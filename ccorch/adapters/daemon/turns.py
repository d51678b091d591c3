"""Who may change a run that is not driven: one after the other, and nobody while its end is still being written."""

import asyncio

from ccorch.errors import Busy


class Turns:
    """What is under way about each run beside the engine; everything happens on one event loop."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._is_ending = False

    def hold(self, run: str, task: asyncio.Task[None]) -> asyncio.Task[None]:
        """Have others wait until this is over."""
        self._under_way[run] = task
        task.add_done_callback(lambda done: self._let_go(run, done))
        return task

    async def free(self, run: str) -> None:
        """Wait until nothing is under way about the run; raises Busy where the daemon begins to end meanwhile."""
        while (task := self._under_way.get(run)) is not None:
            await asyncio.wait({task})
            if self._is_ending:
                raise Busy("the daemon is ending", hint="ask again: the next one is started by any command")

    def close(self) -> None:
        """Whoever waits is not let on any more."""
        self._is_ending = True

    def _let_go(self, run: str, task: asyncio.Task[None]) -> None:
        if self._under_way.get(run) is task:
            del self._under_way[run]
