"""The engine port, answered in this process: a coordinator on the running event loop."""

from collections.abc import Callable

from ccorch.engine.coordinator import Coordinator, Perform
from ccorch.engine.perform import Tools, perform
from ccorch.rules.admission import Slots
from ccorch.schema.event import Answered, Event, Reopened
from ccorch.schema.fact import Asker
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, Submission


class InlineEngine:
    """Drives runs on the event loop it is called from; the daemon hosts exactly one."""

    def __init__(
        self, tools: Tools, slots: Slots, seen: Callable[[str, Event], None], perform: Perform = perform
    ) -> None:
        self._coordinator = Coordinator(tools, slots, seen, perform)

    @property
    def live(self) -> tuple[str, ...]:
        """Runs that are not over."""
        return self._coordinator.live

    def submit(self, submission: Submission) -> None:
        """Accept a run."""
        self._coordinator.submit(submission)

    async def accept(self, submission: Submission) -> None:
        """Accept a run; what keeps it may take a while to answer."""
        self.submit(submission)

    async def waiting(self) -> tuple[Submission, ...]:
        """Runs that were accepted and of which nothing has happened yet: none, what is accepted is in its log."""
        return ()

    async def drop(self, run: str) -> None:
        """Forget an accepted run that cannot be begun."""

    async def tidy(self, now: float) -> None:
        """Do the housekeeping: there is none."""

    def stop(self, run: str, by: Asker, reason: str) -> bool:
        """Ask a run to stop."""
        return self._coordinator.stop(run, by, reason)

    def pause(self, run: str, by: Asker, reason: str) -> bool:
        """Start nothing more of a run; False when it is paused already."""
        return self._coordinator.pause(run, by, reason)

    def resume(self, run: str, by: Asker, drift: tuple[str, ...] = ()) -> bool:
        """Go on with a paused run; False when it is not paused."""
        return self._coordinator.resume(run, by, drift)

    def move(self, run: str, by: Asker, priority: int) -> bool:
        """Give a run another place in the queue; False when it has that one."""
        return self._coordinator.move(run, by, priority)

    def reopen(self, run: str, asked: Reopened) -> None:
        """Have nodes of a live run done again."""
        self._coordinator.reopen(run, asked)

    def answer(self, run: str, answered: Answered) -> None:
        """Answer a gate of a live run."""
        self._coordinator.answer(run, answered)

    def is_alive(self) -> bool:
        """Always: it is this process."""
        return True

    def ensure(self) -> None:
        """Nothing to do: it is this process."""

    def adopt(self, run: str, plan: Plan, launch: Launch) -> None:
        """Go on with a run of an earlier daemon."""
        self._coordinator.adopt(run, plan, launch)

    def record(self, run: str, event: Event) -> None:
        """Write down what others noticed about a live run."""
        self._coordinator.record(run, event)

    def cut_off(self, reason: str) -> None:
        """Stop the workers of every live run."""
        self._coordinator.cut_off(reason)

    async def abandon(self) -> None:
        """Let go of everything; workers live on."""
        await self._coordinator.abandon()
