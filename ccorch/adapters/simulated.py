"""Workers that are none: no process, no request, no usage; for planning and rehearsing a DAG."""

from pathlib import Path
from typing import assert_never

from ccorch.adapters.files import make_private_dir, write_private
from ccorch.adapters.run_folder.layout import Layout
from ccorch.ports import AttemptId, Ending, Report, WorkOrder
from ccorch.rules.rehearsal import SAID, rehearsed_handoff
from ccorch.schema.base import canonical
from ccorch.schema.claims import Status
from ccorch.schema.workflow import Rehearsed


class SimulatedWorkers:
    """Every attempt is over at once and ends as its plan chose, with a handoff that says it is simulated."""

    async def perform(self, order: WorkOrder, report: Report) -> Ending:
        """End at once."""
        match chosen(order):
            case "timeout":
                return Ending("timed_out", "simulated: it took too long")
            case "lost":
                return Ending("killed", "simulated: its process was lost")
            case "no_handoff":
                return Ending("no_handoff", "simulated: it handed nothing over")
            case "pass" | "fail" | "blocked" | "needs_repair" as status:
                return _handed_over(order, status)
            case never:
                assert_never(never)

    async def stop(self, attempt: AttemptId, reason: str) -> None:
        """Nothing is ever at work."""

    async def say(self, attempt: AttemptId, text: str, interrupts: bool) -> bool:
        """Nobody listens."""
        return False

    def is_live(self, attempt: AttemptId) -> bool:
        """Never."""
        return False


def chosen(order: WorkOrder) -> Rehearsed:
    """How this attempt ends; the last choice holds for all later attempts, and without any it passes."""
    endings = order.node.simulate
    return endings[min(order.id.attempt, len(endings)) - 1] if endings else "pass"


def _handed_over(order: WorkOrder, status: Status) -> Ending:
    contract = order.node.role.handoff
    if contract is None:
        return Ending("done", answer=SAID) if status == "pass" else Ending("failed", f"simulated: {status}")
    handoff = rehearsed_handoff(contract, status)
    layout = Layout(Path(order.launch.project))
    path = layout.attempt(order.id, "handoff.json")
    make_private_dir(path.parent, layout.run(order.id.run))
    # not waited for on its way to the disk: a rehearsal that is lost is rehearsed again
    write_private(path, canonical(handoff).encode(), durable=False)
    return Ending("done", answer=SAID, handoff=handoff)
