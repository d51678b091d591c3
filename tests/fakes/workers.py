"""Workers that end when the test says so."""

import asyncio

from ccorch.ports import AttemptId, Ending, Report, WorkOrder


class HeldWorkers:
    """Every attempt waits until it is let go or stopped."""

    def __init__(self) -> None:
        self.orders: list[WorkOrder] = []
        self.stopped: list[AttemptId] = []
        self.said: list[tuple[AttemptId, str, bool]] = []
        self._waiting: dict[AttemptId, asyncio.Future[Ending]] = {}

    async def perform(self, order: WorkOrder, report: Report) -> Ending:
        self.orders.append(order)
        self._waiting[order.id] = asyncio.get_running_loop().create_future()
        return await self._waiting[order.id]

    async def stop(self, attempt: AttemptId, reason: str) -> None:
        self.stopped.append(attempt)
        waiting = self._waiting.get(attempt)
        if waiting is not None and not waiting.done():
            waiting.set_result(Ending("stopped", reason))

    async def say(self, attempt: AttemptId, text: str, interrupts: bool) -> bool:
        self.said.append((attempt, text, interrupts))
        return self.is_live(attempt)

    def is_live(self, attempt: AttemptId) -> bool:
        return attempt in self._waiting and not self._waiting[attempt].done()

    def let_go(self, node: str, ending: Ending | None = None) -> None:
        for attempt, waiting in self._waiting.items():
            if attempt.node == node and not waiting.done():
                waiting.set_result(ending or Ending("done", answer="fine"))

    @property
    def at_work(self) -> list[str]:
        return [attempt.node for attempt in self._waiting if self.is_live(attempt)]


class LivingWorkers:
    """Workers that outlive whoever follows them, until they are let go or stopped."""

    def __init__(self) -> None:
        self.started: list[AttemptId] = []
        self.attached: list[AttemptId] = []
        self._endings: dict[AttemptId, Ending] = {}
        self._over: dict[AttemptId, asyncio.Event] = {}

    async def perform(self, order: WorkOrder, report: Report) -> Ending:
        (self.attached if order.id in self.started else self.started).append(order.id)
        await self._over.setdefault(order.id, asyncio.Event()).wait()
        return self._endings[order.id]

    async def stop(self, attempt: AttemptId, reason: str) -> None:
        if self.is_live(attempt):
            self._end(attempt, Ending("stopped", reason))

    def is_live(self, attempt: AttemptId) -> bool:
        return attempt in self.at_work

    def let_go(self, *nodes: str) -> None:
        for attempt in self.at_work:
            if not nodes or attempt.node in nodes:
                self._end(attempt, Ending("done", answer="fine"))

    @property
    def at_work(self) -> list[AttemptId]:
        return [attempt for attempt in self.started if attempt not in self._endings]

    def _end(self, attempt: AttemptId, ending: Ending) -> None:
        self._endings[attempt] = ending
        self._over[attempt].set()
