"""The list of runs, and where a run stands."""

from collections.abc import Iterable
from typing import Any, TypeVar

from ccorch.operations import which
from ccorch.operations.house import House
from ccorch.rules import paging
from ccorch.schema.base import Many, Value
from ccorch.schema.following import ListRequest
from ccorch.schema.run_row import RunRow
from ccorch.schema.status import OVER, RunStatus

T = TypeVar("T", bound=RunRow)

_MOST = 10_000
"""Runs that are looked through."""

ATTEND_SECONDS = 5.0
"""How often somebody who waits looks whether what is waited for is still driven."""

STILL = (*OVER, "needs_rerun")
"""States in which nothing drives a run, and nothing has to."""


class ListReply(Value):
    """Runs, newest first."""

    runs: Many[RunRow]
    """The runs."""
    note: str | None = None
    """What to know about how they were found."""
    others: int = 0
    """Runs that there are but that were not asked for: of other labels, states or projects."""
    next_cursor: str | None = None
    """Where the next page begins; null at the end."""


def list_runs(house: House, request: ListRequest) -> ListReply:
    """The latest runs; a client is told of its own project's alone."""
    here = str(which.checked_project(house.project))
    only_here = request.here or house.by == "mcp"
    listing = house.library.rows(_MOST if _narrows(request) or only_here else request.limit + 1)
    rows = [row for row in listing.rows if house.by != "mcp" or row.project == here]
    alive = house.engine.is_alive()
    wanted = [
        row
        for row in rows
        if request.label in (None, row.label)
        and (not only_here or row.project == here)
        and request.state in (None, status_of(row, alive))
    ]
    question = [request.label, only_here, request.state]
    rest = _after(wanted, request.cursor, question)
    page = rest[: request.limit]
    return ListReply(
        runs=tuple(as_driven(row, alive) for row in page),
        note=listing.note if house.by != "mcp" else None,
        others=len(rows) - len(wanted),
        next_cursor=_mark(page[-1], question) if len(rest) > len(page) else None,
    )


def _narrows(request: ListRequest) -> bool:
    return bool(request.label or request.state or request.cursor)


def _after(rows: list[T], cursor: str | None, question: list[Any]) -> list[T]:
    """The runs behind a cursor, which names the last one that was given: newer ones move nothing."""
    if cursor is None:
        return rows
    last = tuple(paging.after(cursor, question, [0.0, ""]))
    return [row for row in rows if (row.submitted_at, row.run_id) < last]


def _mark(row: RunRow, question: list[Any]) -> str:
    return paging.mark([float(row.submitted_at), row.run_id], question)


def status(house: House, run: str) -> RunStatus:
    """Where a run stands now."""
    row = house.library.row(run)
    return row.status if row.status in STILL else status_of(row, house.engine.is_alive())


def attend(house: House, runs: Iterable[str]) -> None:
    """Have those driven again that nobody drives any more, as after a kill that no worker outlived."""
    if not house.engine.is_alive() and any(status(house, run) == "recovering" for run in runs):
        house.engine.ensure()


def status_of(row: RunRow, alive: bool) -> RunStatus:
    """Where a run stands; what should be driven and is not recovers with the next daemon."""
    return row.status if row.status in STILL or alive else "recovering"


def as_driven(row: T, alive: bool) -> T:
    """The line with the state in which its run stands."""
    now = status_of(row, alive)
    return row if now == row.status else row.model_copy(update={"status": now})
