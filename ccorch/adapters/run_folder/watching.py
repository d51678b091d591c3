"""Runs looked at again and again: the index tells what the daemon has read, and only the rest is read here."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from ccorch.adapters.run_folder.fold import RunFold
from ccorch.adapters.run_folder.layout import EVENTS, Layout, State
from ccorch.adapters.run_folder.log import Place, read
from ccorch.adapters.run_folder.looking import IndexReader, Outlined, log_size
from ccorch.adapters.run_folder.projects import RunFinder
from ccorch.adapters.run_folder.tail import tail
from ccorch.errors import CcorchError, RunNotFound
from ccorch.ports import Clock
from ccorch.ports.listing import RunRow
from ccorch.ports.looking import Listed, Look
from ccorch.schema.event import Event
from ccorch.schema.status import OVER
from ccorch.schema.summary import RunSummary
from ccorch.views.live import Live, LiveNode

FRESH = 2.0
"""Seconds within which the daemon takes in what was written; a line of the index that is older by more is stuck."""


SETTLED = 1.0
"""Seconds after which a folder's time tells that nothing has come or gone since."""


@dataclass
class _Known:
    """What was told of a run, and from how many bytes of its log."""

    listed: Listed
    size: int
    behind_since: float | None = None
    """Since when the index has not moved although the log has."""


@dataclass
class _Followed:
    """A run of which the index knows too little, read from its log."""

    row: RunRow
    summary: RunSummary
    """The run as it was when its whole log was read."""
    live: Live
    offset: int


class RunWatch:
    """Every run of this user. A log is read here only where the index does not follow it."""

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
        self._find()
        gone = tuple(run for run in self._known if run not in self._runs)
        for run in gone:
            del self._known[run]
            self._followed.pop(run, None)
        open_runs = [run for run in self._runs if not self._is_over(run)]
        told = {one.row.run: one for one in self._index.outlines(open_runs if self._known else None)}
        asked = [run for run in self._runs if run in told or not self._is_over(run)]
        changed = tuple(found for run in asked if (found := self._look_at(run, told.get(run))) is not None)
        self._broken = {run: said for run, said in self._broken.items() if run in self._runs}
        left_out = tuple(f"run {run} is left out: {said}" for run, (_, said) in self._broken.items())
        return Look(changed, gone, left_out)

    def summary(self, run: str) -> RunSummary:
        """A run as of the last look: what it waits for, and where its nodes stand."""
        followed = self._followed.get(run)
        if followed is not None:
            return _now(followed)
        known = self._index.latest(run)
        if known is None:
            raise RunNotFound(f"no run {run!r}", run=run)
        return known.summary

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

    def _is_over(self, run: str) -> bool:
        known = self._known.get(run)
        return known is not None and known.listed.row.status in OVER

    def _look_at(self, run: str, told: Outlined | None) -> Listed | None:
        """What is new about a run; null where nothing is."""
        known, size = self._known.get(run), log_size(self._runs[run], run)
        if told is not None and run not in self._followed and self._follows(run, told, size, known):
            self._broken.pop(run, None)
            return self._keep(run, told.size, known, told)
        if (known is not None and known.size == size) or self._broken.get(run, (-1,))[0] == size:
            return None
        try:
            followed = self._read_on(run)
        except CcorchError as problem:
            self._broken[run] = (size, problem.message)
            return None
        if followed.live.status in OVER:
            del self._followed[run]
        return self._keep(run, followed.offset, known, followed)

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

    def _read_on(self, run: str) -> _Followed:
        """The run with what is new in its log; the whole log is read once only."""
        followed = self._followed.get(run)
        while followed is not None:
            found = tail(Layout(self._runs[run]).run(run), EVENTS, followed.offset)
            if found is None:  # it is gone, or was written anew
                break
            followed.live.take(found.lines)
            followed.offset = found.offset
            if found.is_all:
                return followed
        self._followed.pop(run, None)
        fold = RunFold(self._runs[run], run)
        fold.read_on()
        row = fold.row()
        summary = fold.summary()
        followed = _Followed(row, summary, Live.of(summary, row.status, row.seq), fold.size)
        self._followed[run] = followed
        return followed

    def _keep(self, run: str, size: int, known: _Known | None, found: Outlined | _Followed) -> Listed | None:
        if known is not None and known.size == size:
            return None
        listed = _of_index(found) if isinstance(found, Outlined) else _of_log(found)
        self._known[run] = _Known(listed, size)
        return listed


class LogReader:
    """One run's log, read on from where it was left."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._place = Place()

    def news(self, most: int) -> tuple[Event, ...]:
        """The next events, at most so many."""
        return tuple(islice(read(self._log, self._place), most))


def _of_index(told: Outlined) -> Listed:
    outline = json.loads(told.outline)
    node = json.loads(told.at_work) if told.at_work is not None else {}
    severities = Counter(finding["severity"] for finding in outline["findings"])
    asks = sum(gate["status"] == "running" and gate["question"] is not None for gate in outline["gates"])
    return Listed(told.row, severities, asks, _doing(node["id"], node["doing"]) if node else "")


def _of_log(one: _Followed) -> Listed:
    live = one.live
    row = replace(
        one.row,
        status=live.status,
        ended_at=live.ended_at,
        passed=live.passed,
        usd=live.money.usd,
        plan=live.money.plan,
        seq=live.seq,
    )
    at_work = next(live.at_work(), None) if live.status == "running" else None
    doing = _doing(at_work.id, at_work.doing) if at_work else ""
    return Listed(row, Counter(live.severities), len(live.asking()), doing)


def _now(one: _Followed) -> RunSummary:
    """The summary with where its nodes and gates stand by now; what they used is not brought up to date."""
    live, was = one.live, one.summary
    return was.model_copy(
        update={
            "nodes": tuple(node.model_copy(update=_stands(live.nodes[node.id])) for node in was.nodes),
            "gates": tuple(
                gate.model_copy(
                    update={"status": live.gates[gate.id].status, "attempt": live.gates[gate.id].attempt}
                )
                for gate in was.gates
            ),
            "paused": live.paused,
            "stopping": live.stopping,
            "shut": tuple(shut for shut in was.shut if shut.profile in live.shut),
        }
    )


def _stands(node: LiveNode) -> dict[str, object]:
    return {"status": node.status, "attempt": node.attempt, "held": node.held, "doing": node.doing}


def _doing(node: str, doing: str) -> str:
    return f"{node}: {doing}" if doing else node


def _changed_at(path: Path) -> int:
    """When the file or folder was changed last, in nanoseconds; 0 when it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
