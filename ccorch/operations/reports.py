"""The verb that writes a run's story; it reads only."""

from pathlib import Path

from ccorch.errors import WorkspaceUnwritable
from ccorch.operations import which
from ccorch.operations.answers import answer
from ccorch.operations.house import House
from ccorch.operations.listing import status_of
from ccorch.schema.base import Value
from ccorch.schema.telling import ReportRequest
from ccorch.schema.verdict import Verdict
from ccorch.views.report import Story, report
from ccorch.views.team import team

VERDICT = "verdict.json"


class ReportReply(Value):
    """A run's story."""

    run_id: str
    """Id of the run."""
    markdown: str
    """The report."""
    out: str | None = None
    """File that it was written to."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


def tell(house: House, request: ReportRequest) -> ReportReply:
    """The report of a run, printed or written to a file."""
    run, note = which.to_read(house, request.run)
    markdown = report(_story(house, run))
    if request.out is not None:
        try:
            Path(request.out).write_text(markdown, encoding="utf-8")
        except OSError as problem:
            raise WorkspaceUnwritable(
                f"cannot write the report to {request.out!r}: {problem.strerror}"
            ) from problem
    return ReportReply(run_id=run, markdown=markdown, out=request.out, note=note)


def _story(house: House, run: str) -> Story:
    plan, summary = house.library.plan(run), house.library.summary(run)
    passed = (node for node in summary.nodes if node.status == "passed")
    handoffs = {node.id: answer(house, run, node.id, node.attempt).handoff for node in passed}
    given = {node: handoff for node, handoff in handoffs.items() if handoff is not None}
    verdict = house.library.read(run, VERDICT)
    return Story(
        run=run,
        status=status_of(house.library.row(run), house.engine.is_alive()),
        project=house.library.row(run).project,
        plan=plan,
        events=tuple(house.library.events(run)),
        handoffs=given,
        verdict=Verdict.model_validate_json(verdict) if verdict else None,
        team=team(plan, handoffs) if given else None,
    )
