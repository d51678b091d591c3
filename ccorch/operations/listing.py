"""The list of runs, and where a run stands."""

from ccorch.operations import which
from ccorch.operations.house import House
from ccorch.ports.listing import RunRow
from ccorch.schema.base import Many, Value
from ccorch.schema.following import ListRequest
from ccorch.schema.status import OVER, Covered, RunStatus

STILL = (*OVER, "needs_rerun")
"""States in which nothing drives a run, and nothing has to."""


class Row(Value):
    """A run in the list."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state; recovering when it is unfinished and nothing drives it."""
    task: str
    """Beginning of the task."""
    roles: str
    """Roles at work."""
    project: str
    """Project it works on."""
    label: str | None
    """Its label."""
    submitted_at: float
    """Unix time."""
    ended_at: float | None
    """Unix time; null while it is not over."""
    nodes: int
    """How many nodes it has."""
    passed: int
    """How many of them passed."""
    usd: float | None
    """Money spent; null is unknown, or none because a subscription pays for all."""
    plan: Covered | None = None
    """How much of it a subscription pays for; null is nothing."""
    simulated: bool
    """Whether no worker ran."""


class ListReply(Value):
    """Runs, newest first."""

    runs: Many[Row]
    """The runs."""
    note: str | None = None
    """What to know about how they were found."""
    others: int = 0
    """Runs that there are but that were not asked for: of other labels or projects."""


def list_runs(house: House, request: ListRequest) -> ListReply:
    """The latest runs."""
    here = str(which.checked_project(house.project))
    listing = house.library.rows(10_000 if request.label or request.here else request.limit)
    wanted = [
        row
        for row in listing.rows
        if request.label in (None, row.label) and (not request.here or row.project == here)
    ]
    alive = house.engine.is_alive()
    return ListReply(
        runs=tuple(_row(row, alive) for row in wanted[: request.limit]),
        note=listing.note,
        others=len(listing.rows) - len(wanted),
    )


def status(house: House, run: str) -> RunStatus:
    """Where a run stands now."""
    row = house.library.row(run)
    return row.status if row.status in STILL else status_of(row, house.engine.is_alive())


def status_of(row: RunRow, alive: bool) -> RunStatus:
    """Where a run stands; what should be driven and is not recovers with the next daemon."""
    return row.status if row.status in STILL or alive else "recovering"


def _row(row: RunRow, alive: bool) -> Row:
    return Row(
        run_id=row.run,
        status=status_of(row, alive),
        task=row.task,
        roles=row.roles,
        project=row.project,
        label=row.label,
        submitted_at=row.submitted_at,
        ended_at=row.ended_at,
        nodes=row.nodes,
        passed=row.passed,
        usd=row.usd,
        plan=row.plan,
        simulated=row.simulated,
    )
