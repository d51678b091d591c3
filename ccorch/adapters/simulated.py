"""Workers that are none: no process, no request, no usage; for planning and rehearsing a DAG."""

from ccorch.ports import AttemptId, Ending, Report, WorkOrder


class SimulatedWorkers:
    """Every attempt passes at once with an answer that says it is simulated."""

    async def perform(self, order: WorkOrder, report: Report) -> Ending:
        """End at once."""
        return Ending(outcome="done", answer="simulated: no worker ran")

    async def stop(self, attempt: AttemptId, reason: str) -> None:
        """Nothing is ever at work."""

    def is_live(self, attempt: AttemptId) -> bool:
        """Never."""
        return False
