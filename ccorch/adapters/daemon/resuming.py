"""Workers whose reports go on exactly where the log of an earlier daemon ends."""

from collections.abc import Iterable
from dataclasses import dataclass

from ccorch.ports import AttemptId, Ending, Report, Workers, WorkOrder
from ccorch.schema.event import Ended, Event


@dataclass
class _Told:
    """How far an attempt's stream was told: all events before this line, and so many of this line."""

    line: int = 0
    events: int = 0

    def add(self, line: int) -> None:
        self.events = self.events + 1 if line == self.line else 1
        self.line = line


class Resuming:
    """Remembers what was told of the attempts that an earlier daemon left; an attempt begun later has no past."""

    def __init__(self) -> None:
        self._told: dict[AttemptId, _Told] = {}

    def read(self, run: str, events: Iterable[Event]) -> None:
        """Learn from a run's log how far its live attempts were told."""
        for event in events:
            node, attempt = getattr(event, "node", None), getattr(event, "attempt", None)
            if node is None or attempt is None:
                continue
            told, line = AttemptId(run, node, attempt), getattr(event, "line", 0)
            if isinstance(event, Ended):
                self._told.pop(told, None)
            elif line:
                self._told.setdefault(told, _Told()).add(line)

    def resume_line(self, attempt: AttemptId) -> int:
        """The last line of the attempt's stream of which every event is in the log."""
        told = self._told.get(attempt)
        return told.line - 1 if told else 0

    def rest(self, attempt: AttemptId, report: Report) -> Report:
        """A report that drops the events of the next line that are in the log already."""
        told = self._told.get(attempt)
        if told is None:
            return report

        def new(event: Event) -> None:
            if told.events and getattr(event, "line", 0) == told.line:
                told.events -= 1
            else:
                report(event)

        return new

    def forget(self, attempt: AttemptId) -> None:
        """The attempt is over."""
        self._told.pop(attempt, None)


@dataclass(frozen=True)
class ResumedWorkers:
    """Answers the workers port: the same workers, reporting nothing twice and leaving nothing out."""

    workers: Workers
    resuming: Resuming

    async def perform(self, order: WorkOrder, report: Report) -> Ending:
        """See the attempt to its end."""
        ending = await self.workers.perform(order, self.resuming.rest(order.id, report))
        self.resuming.forget(order.id)
        return ending

    async def stop(self, attempt: AttemptId, reason: str) -> None:
        """Ask a live attempt to end."""
        await self.workers.stop(attempt, reason)

    async def say(self, attempt: AttemptId, text: str, interrupts: bool) -> bool:
        """Tell a live worker something."""
        return await self.workers.say(attempt, text, interrupts)

    def is_live(self, attempt: AttemptId) -> bool:
        """Whether a worker process of this attempt may still be alive."""
        return self.workers.is_live(attempt)
