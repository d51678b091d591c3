"""Nobody works behind a fence that was not tried: before a writer starts, its canary has been seen."""

from ccorch.engine.ground import Work
from ccorch.errors import FenceUnproven
from ccorch.ports import AttemptId, Canaries, Report
from ccorch.rules.canary import advice, refusal
from ccorch.rules.findings import DETECTORS
from ccorch.schema.event import Found
from ccorch.schema.plan import Cli, PlanNode
from ccorch.schema.run import Launch


class NoCanaries:
    """Answers the Canaries port where no Claude Code is started."""

    async def proof(self, attempt: AttemptId, node: PlanNode, cli: Cli, launch: Launch) -> None:
        """Nothing is tried."""


async def prove(work: Work, canaries: Canaries, report: Report) -> None:
    """See that the fence of a writer holds; raises FenceUnproven where it does not and much is at risk."""
    cli = work.launch.cli or work.plan.inputs.cli
    if not work.node.writes or cli is None or work.plan.doer(work.node.id) != "claude":
        return
    proof = await canaries.proof(work.id, work.node, cli, work.launch)
    if proof is None or (said := advice(proof)) is None:
        return
    finding = DETECTORS["fence_advisory"].found(said, node=work.node.id, attempt=work.id.attempt)
    report(Found(finding=finding))
    if (refused := refusal(work.node, proof)) is not None:
        raise FenceUnproven(refused)
