"""What somebody tells a worker: who can hear it, and how it is written down."""

from ccorch.errors import NotFound, RunStateConflict
from ccorch.schema.event import Steered
from ccorch.schema.ids import short_id
from ccorch.schema.plan import Plan
from ccorch.schema.run import Told


def check_hears(run: str, plan: Plan, told: Told) -> None:
    """Raise NotFound or RunStateConflict where no worker is meant."""
    if told.node not in plan.by_id:
        raise NotFound(f"the run has no node {told.node!r}", hint=f"its nodes are {', '.join(plan.by_id)}")
    if plan.by_id[told.node].commands:
        said = f"{told.node} runs declared commands, so nobody listens there"
        raise RunStateConflict(said, hint=f"`ccorch retry {short_id(run)} {told.node}` runs them again")


def steered(attempt: int, told: Told) -> Steered:
    """The event that a worker was told something in its session."""
    return Steered(
        node=told.node, attempt=attempt, by=told.by, who=told.who, text=told.text, interrupted=told.interrupts
    )
