"""Runs looked at again and again: the index tells what was, and each look reads what has come to a log since."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.adapters.run_folder.layout import EVENTS, Layout, State
from ccorch.adapters.run_folder.log import Place, read
from ccorch.adapters.run_folder.looking import IndexReader, Outlined, log_size
from ccorch.adapters.run_folder.projects import RunFinder
from ccorch.adapters.run_folder.tail import tail
from ccorch.errors import CcorchError, RunNotFound
from ccorch.ports import Clock
from ccorch.ports.looking import Look
from ccorch.ports.watching import Snapshot
from ccorch.schema.run_row import WatchedRow
from ccorch.schema.status import OVER
from ccorch.schema.summary import RunSummary
from ccorch.views.live import Live
from ccorch.views.watched import over, summed_up, watched

if TYPE_CHECKING:
    from ccorch.schema.event import Event

SETTLED = 1.0
"""Seconds after which a folder's time tells that nothing has come or gone since."""


@dataclass
class _Known:
    """What was told of a run, and from how many bytes of its log."""

    row: WatchedRow
    size: int


@dataclass
class _Followed:
    """A run that is not over, read on from where it was summed up last."""

    begun: Snapshot
    live: Live
    offset: int
    size: int = -1
    """Bytes that its log had when it was read last, a torn line among them."""


class RunWatch:
    """Every run of this user. What the index knows of a log is not read again, and nothing is read twice."""

    def __init__(self, finder: RunFinder, state: State, clock: Clock) -> None:
        self._finder = finder
        self._state = state
        self._clock = clock
        self._index = IndexReader(state.index)
        self._known: dict[str, _Known] = {}
        self._followed: dict[str, _Followed] = {}
        self._broken: dict[str, tuple[int, str]] = {}
        self._folders: dict[str, int] = {}
        self._runs: dict[str, Path] = {}

    def look(self) -> Look:
        """What is new; the first look tells every run."""
        is_first = not self._known
        self._find()
        gone = tuple(run for run in self._known if run not in self._runs)
        for run in gone:
            del self._known[run]
            self._followed.pop(run, None)
        changed = {one.run_id: one for one in self._over_already()} if is_first else {}
        indexed = self._index.sizes()
        for run in self._runs:
            if run not in changed and (row := self._look_at(run, indexed.get(run, -1))) is not None:
                changed[run] = row
        self._broken = {run: said for run, said in self._broken.items() if run in self._runs}
        left_out = tuple(f"run {run} is left out: {said}" for run, (_, said) in self._broken.items())
        return Look(tuple(changed.values()), gone, left_out, self._index.problem)

    def summary(self, run: str) -> RunSummary:
        """A run that is not over, as of the last look: where its nodes and gates stand."""
        followed = self._followed.get(run)
        if followed is None:
            raise RunNotFound(f"no run {run!r} is at work", run=run)
        return summed_up(followed.begun.summary, followed.live)

    def _find(self) -> None:
        """Look for run folders where one has come or gone."""
        folders = {str(self._state.projects): _changed_at(self._state.projects)}
        for project in {*self._runs.values(), *([self._finder.project] if self._finder.project else [])}:
            folders[str(project)] = _changed_at(Layout(project).runs)
        # what changes twice within a tick of the file system has the same time twice
        is_settled = self._clock.now() - max(folders.values()) / 1e9 > SETTLED
        if folders != self._folders or not is_settled:
            self._runs = self._finder.all()
            self._folders = folders

    def _over_already(self) -> list[WatchedRow]:
        """Runs that were over before the first look, as the index knows them; their logs are not read."""
        found = []
        for one in self._index.ended():
            run = one.row.run_id
            if run in self._runs and one.size == log_size(self._runs[run], run):
                self._known[run] = _Known(_of_index(one), one.size)
                found.append(self._known[run].row)
        return found

    def _look_at(self, run: str, indexed: int) -> WatchedRow | None:
        """What is new about a run; null where nothing is."""
        known, followed = self._known.get(run), self._followed.get(run)
        if known is not None and followed is None and known.row.status in OVER and indexed <= known.size:
            return None  # nothing was written since it was over
        size = log_size(self._runs[run], run)
        if (followed is not None and followed.size == size) or self._broken.get(run, (-1,))[0] == size:
            return None
        try:
            followed = self._read_on(run, size)
        except CcorchError as problem:
            self._followed.pop(run, None)
            self._broken[run] = (size, problem.message)
            return None
        self._broken.pop(run, None)
        if followed.live.status in OVER:
            self._followed.pop(run, None)
        row = watched(followed.begun.row, followed.live)
        is_new = known is None or known.row != row
        self._known[run] = _Known(row, followed.offset)
        return row if is_new else None

    def _read_on(self, run: str, size: int) -> _Followed:
        """The run with what is new in its log."""
        followed = self._followed.get(run) or self._begin(run, size)
        while True:
            found = tail(Layout(self._runs[run]).run(run), EVENTS, followed.offset)
            if found is None:  # it is gone, or was written anew
                return self._begin(run, -1)
            followed.live.take(found.content)
            followed.offset = found.offset
            if found.is_all:
                followed.size = size
                return followed

    def _begin(self, run: str, size: int) -> _Followed:
        """The run as it was summed up last; its whole log is read where nobody has done so."""
        begun = self._index.latest(run)
        if begun is None or begun.offset > size:
            from ccorch.adapters.run_folder.fold import RunFold  # most runs were summed up before

            fold = RunFold(self._runs[run], run)
            fold.read_on()
            begun = Snapshot(fold.row(), fold.summary(), fold.size)
        live = Live.of(begun.summary, begun.row.status, begun.row.seq)
        self._followed[run] = _Followed(begun, live, begun.offset)
        return self._followed[run]


class LogReader:
    """One run's log, read on from where it was left."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._place = Place()

    def news(self, most: int) -> tuple[Event, ...]:
        """The next events, at most so many."""
        return tuple(islice(read(self._log, self._place), most))


def _of_index(told: Outlined) -> WatchedRow:
    outline = json.loads(told.outline)
    severities = (finding["severity"] for finding in outline["findings"])
    return over(told.row, outline["limit_usd"], severities, told.tokens)


def _changed_at(path: Path) -> int:
    """When the file or folder was changed last, in nanoseconds; 0 when it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
