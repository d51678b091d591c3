"""The engine whose runs are kept by their logs alone: a coordinator on the event loop it is called from."""

from ccorch.engine.coordinator import Coordinator
from ccorch.schema.run import Submission


class InlineEngine(Coordinator):
    """Drives runs in this process; the daemon hosts exactly one."""

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
