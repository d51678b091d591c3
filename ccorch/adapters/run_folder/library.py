"""Every run of this user, for readers: from the index where it is up to date, else from the run folders."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.adapters.files import open_below
from ccorch.adapters.run_folder.layout import EVENTS, State, relative_name
from ccorch.adapters.run_folder.log import Place, skip
from ccorch.adapters.run_folder.looking import IndexReader, log_size
from ccorch.adapters.run_folder.projects import RunFinder
from ccorch.adapters.run_folder.reading import corrupt, read_outline
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.adapters.run_folder.tail import tail
from ccorch.errors import CcorchError
from ccorch.ports.listing import Brief, Census, Listing
from ccorch.ports.watching import Snapshot, Tail

if TYPE_CHECKING:
    from ccorch.adapters.run_folder.fold import RunFold
    from ccorch.ports import Clock
    from ccorch.ports.looking import Reader, Watch
    from ccorch.schema.cursor import Mark
    from ccorch.schema.event import Event
    from ccorch.schema.outline import Outline
    from ccorch.schema.run_row import KeptRow
    from ccorch.schema.summary import RunSummary

_KEPT_FOLDS = 16


class RunLibrary(RunFolders):
    """Answers the library port; reading it changes no byte."""

    def __init__(self, state: State, clock: Clock, project: Path | None = None) -> None:
        super().__init__(state, clock, project)
        self._index = IndexReader(state.index)
        self._folds: dict[str, RunFold] = {}
        self._counted: dict[str, Place] = {}

    def resolve(self, short: str | None, project: Path | None = None, only_here: bool = False) -> str:
        """The run that a unique beginning of its id means; null is the latest here, else of the machine."""
        return RunFinder(self._state, project or self._here, only_here).resolve(short)

    def rows(self, limit: int) -> Listing:
        """The latest runs of all projects; the note says what the index could not tell."""
        known, there = self._index.rows(), RunFinder(self._state, self._here).all()
        notes = [self._index.problem] if self._index.problem and there else []
        rows: list[KeptRow] = []
        left_out: list[str] = []
        folded = 0
        for run, project in there.items():
            row, size = known.get(run, (None, -1))
            if row is None or size != log_size(project, run):
                folded += 1
                try:
                    row = self._folded(run, project).row()
                except CcorchError as problem:
                    notes.append(f"run {run} is left out: {problem.message}")
                    left_out.append(run)
                    continue
            rows.append(row)
        if folded:
            notes.insert(0, f"{folded} run{'s were' if folded > 1 else ' was'} read from the run folder itself")
        rows.sort(key=lambda row: (row.submitted_at, row.run_id), reverse=True)
        return Listing(rows=tuple(rows[:limit]), note="; ".join(notes) or None, left_out=tuple(left_out))

    def census(self, here: Path | None = None) -> Census:
        """How every run stands, of all projects or of the folder of this one."""
        found, left_out = self._briefs(RunFinder(self._state, here or self._here, only_here=here is not None).all())
        return Census(dict(found), tuple(left_out))

    def summaries(self, limit: int) -> Iterator[RunSummary]:
        """Those of the latest runs of all projects; what cannot be read is passed over."""
        there = RunFinder(self._state, self._here).all()
        latest = [run for run, _ in self._briefs(there)[0][:limit]]
        known = self._index.summaries(latest)
        for run in latest:
            one, size = known.get(run, (None, -1))
            if one is not None and size == log_size(there[run], run):
                yield one
                continue
            with suppress(CcorchError):
                yield self._folded(run, there[run]).summary()

    def _briefs(self, there: Mapping[str, Path]) -> tuple[list[tuple[str, Brief]], list[str]]:
        """How these runs stand, newest first, and those that cannot be read."""
        known = self._index.briefs()
        found: list[tuple[str, Brief]] = []
        left_out: list[str] = []
        for run, project in there.items():
            brief, size = known.get(run, (None, -1))
            if brief is None or size != log_size(project, run):
                try:
                    row = self._folded(run, project).row()
                except CcorchError:
                    left_out.append(run)
                    continue
                brief = Brief(row.status, row.project, row.submitted_at, row.ended_at)
            found.append((run, brief))
        found.sort(key=lambda one: (one[1].submitted_at, one[0]), reverse=True)
        return found, left_out

    def outline(self, run: str) -> Outline:
        """The plan in short, without taking it apart; raises RunCorrupt when it is not as it was submitted."""
        return read_outline(self.project(run), run)

    def row(self, run: str) -> KeptRow:
        """One run's line."""
        project = self.project(run)
        known = self._index.row(run)
        if known and known[1] == log_size(project, run):
            return known[0]
        return self._folded(run, project).row()

    def summary(self, run: str) -> RunSummary:
        """One run's summary, without reading its log again where the index knows it."""
        project = self.project(run)
        return self._index.summary(run, log_size(project, run)) or self._folded(run, project).summary()

    def is_closing(self, run: str) -> bool:
        """Whether the end of a run that is over is still being written, which needs its private evidence."""
        return self._state.private(run).is_dir() and not self._state.ended(run).exists()

    def last_seq(self, run: str) -> int:
        """Sequence number of the last whole event; asking again costs what is new."""
        place = self._counted.setdefault(run, Place())
        skip(self.folder(run) / EVENTS, place, sys.maxsize)
        return place.seq

    def snapshot(self, run: str, exact: bool = False) -> Snapshot:
        """The run as the index knows it, else as its whole log tells."""
        project = self.project(run)
        known, size = self._index.latest(run), log_size(project, run)
        if known is not None and (known.offset == size or (known.offset < size and not exact)):
            return known
        fold = self._folded(run, project)
        return Snapshot(fold.row(), fold.summary(), fold.size)

    def snapshots(self) -> Mapping[str, Snapshot]:
        """Every run as it is now, from the index where that is up to date; what cannot be read is left out."""
        known = self._index.everything()
        found: dict[str, Snapshot] = {}
        for run, project in RunFinder(self._state, self._here).all().items():
            one = known.get(run)
            if one is None or one.offset != log_size(project, run):
                try:
                    fold = self._folded(run, project)
                except CcorchError:
                    continue
                one = Snapshot(fold.row(), fold.summary(), fold.size)
            found[run] = one
        return found

    def tail(self, run: str, offset: int, name: str = EVENTS) -> Tail | None:
        """What is new behind that byte, a few megabytes at most; null when the file is gone or shorter."""
        return tail(self.folder(run), relative_name(name), offset)

    def size(self, run: str) -> int:
        """Where the log ends now; -1 when it cannot be seen."""
        return log_size(self.project(run), run)

    def told(self, run: str, after: Mark, until: Mark) -> Iterator[Event]:
        """The events between two places that a watcher is told; reads that part of the log alone."""
        from ccorch.adapters.run_folder.glance import told  # where nothing came, nothing of it is needed

        yield from told(self.folder(run) / EVENTS, after, until)

    def part(self, run: str, name: str, offset: int, most: int) -> tuple[bytes, int] | None:
        """So many bytes of a file of the run from there on, and how many it has in all; null when there is none."""
        folder = self.folder(run)
        try:
            with open_below(folder, relative_name(name)) as file:
                file.seek(offset)
                return file.read(most), os.fstat(file.fileno()).st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise corrupt(folder / name, error.strerror or str(error)) from error

    def watch(self) -> Watch:
        """Look at all runs from now on."""
        from ccorch.adapters.run_folder.watching import RunWatch  # one verb of all

        return RunWatch(RunFinder(self._state, self._here), self._state, self._clock)

    def reader(self, run: str) -> Reader:
        """Read a run's log from its beginning on."""
        from ccorch.adapters.run_folder.watching import LogReader

        return LogReader(self.folder(run) / EVENTS)

    def _folded(self, run: str, project: Path) -> RunFold:
        from ccorch.adapters.run_folder.fold import RunFold  # brings every event there is, which the index spares

        fold = self._folds.pop(run, None) or RunFold(project, run)
        fold.read_on()
        self._folds[run] = fold
        while len(self._folds) > _KEPT_FOLDS:
            del self._folds[next(iter(self._folds))]
        return fold
