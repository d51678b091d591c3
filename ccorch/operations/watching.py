"""All runs of the machine, looked at again and again, and the verb that shows them: what needs a person first."""

from __future__ import annotations

from ccorch.operations import which
from ccorch.operations.house import House
from ccorch.operations.listing import STILL, as_driven
from ccorch.ports.looking import Look
from ccorch.schema.base import Many, Value
from ccorch.schema.following import TopRequest
from ccorch.schema.run_row import WatchedRow
from ccorch.schema.status import OVER
from ccorch.views.watched import UNDRIVEN

RECENT = 3600.0
"""Seconds for which a run that is over still stands in the list."""


class TopReply(Value):
    """Runs, those first that need somebody."""

    at: float
    """Unix time of the look."""
    runs: Many[WatchedRow]
    """The runs."""
    live: int
    """How many of them are not over."""
    others: int
    """Runs that there are besides."""
    note: str | None = None
    """What to know about them."""


class Watched:
    """The line of every run, kept up to date at the cost of what is new; not for several threads at once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.source = house.library.watch()
        self._told: dict[str, WatchedRow] = {}
        """What their logs say."""
        self.rows: dict[str, WatchedRow] = {}
        """How they stand: one that nothing drives recovers."""

    def look(self) -> Look:
        """What is new since the look before."""
        look = self.source.look()
        for run in look.gone:
            self._told.pop(run, None)
            self.rows.pop(run, None)
        self._told |= {row.run_id: row for row in look.changed}
        alive = self._house.engine.is_alive()
        asked = (*(row.run_id for row in look.changed), *(run for run, row in self.rows.items() if _moves(row)))
        now = {run: driven(self._told[run], alive) for run in dict.fromkeys(asked)}
        changed = {run: row for run, row in now.items() if self.rows.get(run) != row}
        self.rows |= changed
        return Look(tuple(changed.values()), look.gone, look.left_out, look.problem)


def driven(row: WatchedRow, alive: bool) -> WatchedRow:
    """A run as it stands: what should be driven and is not recovers, and somebody has to know."""
    now = as_driven(row, alive)
    return now if now is row or row.questions else now.model_copy(update={"needs": UNDRIVEN})


def _moves(row: WatchedRow) -> bool:
    """Whether it matters to the run that something drives it."""
    return row.status not in STILL


def top(house: House, request: TopRequest) -> TopReply:
    """One look at all runs."""
    return RunList(house, request).look()


class RunList:
    """The runs that somebody wants to see, looked at again and again."""

    def __init__(self, house: House, request: TopRequest) -> None:
        self._house = house
        self.request = request
        self._watched = Watched(house)
        self._here = str(which.checked_project(house.project))

    def look(self) -> TopReply:
        """How all runs stand now."""
        now, look = self._house.clock.now(), self._watched.look()
        latest = sorted(self._watched.rows.values(), key=lambda row: (-row.submitted_at, row.run_id))
        rows = sorted(latest, key=lambda row: (not row.needs, row.status in OVER))
        wanted = [row for row in rows if self._is_wanted(row, now)]
        return TopReply(
            at=now,
            runs=tuple(wanted[: self.request.limit]),
            live=sum(row.status not in OVER for row in rows),
            others=len(rows) - len(wanted),
            note="; ".join(look.left_out) or None,
        )

    def _is_wanted(self, row: WatchedRow, now: float) -> bool:
        asked = self.request
        if asked.here and row.project != self._here:
            return False
        is_old = row.ended_at is not None and now - row.ended_at >= RECENT
        if not asked.all and row.status in OVER and is_old:
            return False
        words = " ".join((row.run_id, row.status, row.project, row.task, row.label or "", row.needs)).casefold()
        return asked.match.casefold() in words
