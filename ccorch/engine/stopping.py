"""Ends workers: asks each of them until it has gone."""

import asyncio
from collections.abc import Mapping

from ccorch.engine.live import LiveRun
from ccorch.ports import AttemptId, Workers

PATIENCE = 0.2
"""Seconds between looks whether a worker that was asked to stop has gone."""

ASK_AGAIN = 2.0
"""Seconds after which a worker that was asked to stop is asked again."""


class Stopping:
    """Workers that are asked to end, each by a task of its own."""

    def __init__(self, workers: Mapping[str, Workers]) -> None:
        self._workers = workers
        self._at_work: set[asyncio.Task[None]] = set()

    def ask(self, live: LiveRun, attempt: AttemptId, reason: str) -> None:
        """Ask an attempt to end; one that was asked before is not asked for another reason."""
        if attempt in live.ending:
            return
        live.ending.add(attempt)
        asking = asyncio.get_running_loop().create_task(self._until_over(live, attempt, reason))
        self._at_work.add(asking)
        asking.add_done_callback(self._at_work.discard)

    async def put_down(self, live: LiveRun, attempt: AttemptId) -> None:
        """See that nothing of an attempt that ccorch cannot follow goes on working after its end is recorded."""
        workers = self._workers[live.plan.doer(attempt.node)]
        while workers.is_live(attempt):
            await workers.stop(attempt, "ccorch failed to follow it")
            await asyncio.sleep(PATIENCE)

    async def _until_over(self, live: LiveRun, attempt: AttemptId, reason: str) -> None:
        """Ask until it is over: a worker that was just being started may not have heard the first time."""
        while (at_work := live.at_work.get(attempt)) is not None and not at_work.done():
            await self._workers[live.plan.doer(attempt.node)].stop(attempt, reason)
            await asyncio.wait({at_work}, timeout=ASK_AGAIN)
