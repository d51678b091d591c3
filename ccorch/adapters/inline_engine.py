"""The engine port, answered in this process: a coordinator on the running event loop."""

from collections.abc import Callable

from ccorch.engine.coordinator import Coordinator
from ccorch.engine.perform import Tools
from ccorch.schema.event import Caller, Event
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, Submission


class InlineEngine:
    """Drives runs on the event loop it is called from; the daemon hosts exactly one."""

    def __init__(self, tools: Tools, slots: int, seen: Callable[[str, Event], None]) -> None:
        self._coordinator = Coordinator(tools, slots, seen)

    @property
    def live(self) -> tuple[str, ...]:
        """Runs that are not over."""
        return self._coordinator.live

    def submit(self, submission: Submission) -> None:
        """Accept a run."""
        self._coordinator.submit(submission)

    def stop(self, run: str, by: Caller, reason: str) -> bool:
        """Ask a run to stop."""
        return self._coordinator.stop(run, by, reason)

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
