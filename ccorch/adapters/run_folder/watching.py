"""Runs looked at again and again: the index tells what the daemon has read, and only the rest is read here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ccorch.adapters.run_folder.fold import RunFold
from ccorch.adapters.run_folder.layout import EVENTS, Layout, State
from ccorch.adapters.run_folder.log import Place, read
from ccorch.adapters.run_folder.looking import IndexReader, Outlined, log_size
from ccorch.adapters.run_folder.projects import RunFinder
from ccorch.errors import CcorchError
from ccorch.ports import Clock
from ccorch.ports.looking import Listed, Look
from ccorch.schema.event import Event
from ccorch.schema.status import OVER
from ccorch.schema.summary import NodeSummary, RunSummary

FRESH = 2.0
"""Seconds within which the daemon takes in what was written; a line of the index that is older by more is stuck."""


@dataclass
class _Known:
    """What was told of a run, and from how many bytes of its log."""

    seen: Listed
    size: int
    behind_since: float | None = None
    """Since when the index has not moved although the log has."""


class RunWatch:
    """Every run of this user. A run is folded here only where the index does not follow its log."""

    def __init__(self, finder: RunFinder, state: State, clock: Clock) -> None:
        self._finder = finder
        self._state = state
        self._clock = clock
        self._index = IndexReader(state.index)
        self._known: dict[str, _Known] = {}
        self._folds: dict[str, RunFold] = {}
        self._broken: dict[str, tuple[int, str]] = {}
        self._folders: dict[str, int] = {}
        self._runs: dict[str, Path] = {}

    def look(self) -> Look:
        """What is new; the first look tells every run."""
        self._find()
        gone = tuple(run for run in self._known if run not in self._runs)
        for run in gone:
            del self._known[run]
            self._folds.pop(run, None)
        told = {one.row.run: one for one in self._index.outlines(self._open() if self._known else None)}
        asked = [run for run in self._runs if run in told or not self._is_over(run)]
        changed = tuple(seen for run in asked if (seen := self._look_at(run, told.get(run))) is not None)
        self._broken = {run: said for run, said in self._broken.items() if run in self._runs}
        left_out = tuple(f"run {run} is left out: {said}" for run, (_, said) in self._broken.items())
        return Look(changed, gone, left_out)

    def _find(self) -> None:
        """Look for run folders where one has come or gone."""
        folders = {str(self._state.projects): _changed_at(self._state.projects)}
        for project in {*self._runs.values(), *([self._finder.project] if self._finder.project else [])}:
            folders[str(project)] = _changed_at(Layout(project).runs)
        if folders != self._folders or not self._folders:
            self._runs = self._finder.all()
            self._folders = folders

    def _open(self) -> list[str]:
        """Runs that were not over when they were looked at last, and new ones."""
        return [run for run in self._runs if not self._is_over(run)]

    def _is_over(self, run: str) -> bool:
        known = self._known.get(run)
        return known is not None and known.seen.row.status in OVER

    def _look_at(self, run: str, told: Outlined | None) -> Listed | None:
        """What is new about a run; null where nothing is."""
        known, size = self._known.get(run), log_size(self._runs[run], run)
        if told is not None and run not in self._folds and self._follows(run, told, size, known):
            self._broken.pop(run, None)
            return self._keep(run, told.size, known, lambda: _of_index(told))
        if (known is not None and known.size == size) or self._broken.get(run, (-1,))[0] == size:
            return None
        try:
            return self._folded(run, known)
        except CcorchError as problem:
            self._folds.pop(run, None)
            self._broken[run] = (size, problem.message)
            return None

    def _follows(self, run: str, told: Outlined, size: int, known: _Known | None) -> bool:
        """Whether the index knows all of a log, or moves along with it."""
        now = self._clock.now()
        if told.size == size:
            return True
        if known is None:
            return now - _changed_at(Layout(self._runs[run]).run(run) / EVENTS) / 1e9 < FRESH
        if told.size > known.size or known.behind_since is None:
            known.behind_since = None if told.size > known.size else now
            return True
        return now - known.behind_since < FRESH

    def _folded(self, run: str, known: _Known | None) -> Listed | None:
        fold = self._folds.get(run) or RunFold(self._runs[run], run)
        fold.read_on()
        self._folds[run] = fold
        if fold.fold.status in OVER:
            del self._folds[run]
        return self._keep(run, fold.size, known, lambda: _of_fold(fold))

    def _keep(self, run: str, size: int, known: _Known | None, see: Callable[[], Listed]) -> Listed | None:
        if known is not None and known.size == size:
            return None
        seen = see()
        self._known[run] = _Known(seen, size)
        return seen


class LogReader:
    """One run's log, read on from where it was left."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._place = Place()

    def news(self, most: int) -> tuple[Event, ...]:
        """The next events, at most so many."""
        return tuple(islice(read(self._log, self._place), most))


def _of_index(told: Outlined) -> Listed:
    doing = ""
    if told.at_work is not None:
        node = json.loads(told.at_work)
        doing = f"{node['id']}: {node['doing']}" if node["doing"] else node["id"]
    return Listed(told.row, RunSummary.model_validate_json(told.outline), doing)


def _of_fold(fold: RunFold) -> Listed:
    at_work = next((node for node in map(fold.fold.node, fold.positions) if node.status == "running"), None)
    return Listed(fold.row(), fold.fold.outline(), _doing(at_work) if at_work else "")


def _doing(node: NodeSummary) -> str:
    return f"{node.id}: {node.doing}" if node.doing else node.id


def _changed_at(path: Path) -> int:
    """When the file or folder was changed last, in nanoseconds; 0 when it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
