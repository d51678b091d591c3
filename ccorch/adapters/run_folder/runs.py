"""The runs port, answered by folders in the projects' workspaces."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.adapters.files import (
    append_line,
    make_private_dir,
    open_below,
    sync_files,
    sync_folder,
    write_private,
    writing,
)
from ccorch.adapters.run_folder.layout import CONFIG, EVENTS, MANIFEST, PLAN, Layout, State, relative_name
from ccorch.adapters.run_folder.log import EventLog, Place, read, skip
from ccorch.adapters.run_folder.projects import RunFinder, remember
from ccorch.adapters.run_folder.reading import corrupt, plan_bytes, read_plan
from ccorch.adapters.run_folder.seals import DECIDING, Seals
from ccorch.errors import ArgumentInvalid, CcorchError, EvidenceForged, RunStateConflict
from ccorch.schema.base import canonical

if TYPE_CHECKING:
    from ccorch.adapters.run_folder.artifacts import Artifacts
    from ccorch.ports import Clock
    from ccorch.ports.shelf import Files, Lines
    from ccorch.schema.artifacts import Left
    from ccorch.schema.event import Event
    from ccorch.schema.plan import Plan
    from ccorch.schema.run import Submission

REHEARSED = ("started", "ended", "skipped", "omitted")
"""What the engine itself decides in a rehearsal; nobody works for it, so only its end waits for the disk."""

_OWN = (PLAN, CONFIG, EVENTS, MANIFEST)


class RunFolders:
    """Run folders of every known project; `project` is looked into first."""

    def __init__(self, state: State, clock: Clock, project: Path | None = None) -> None:
        self._state = state
        self._clock = clock
        self._here = project
        self._found: dict[str, tuple[Path, Path]] = {}
        """Project and folder of the runs that were asked for."""
        self._logs: dict[str, EventLog] = {}
        self._read_to: dict[str, Place] = {}
        self._rehearsals: set[str] = set()
        self._seals: dict[str, Seals] = {}
        self._one_writer = threading.Lock()

    def create(self, submission: Submission) -> None:
        """Make the run folder; raises RunStateConflict when it exists with another plan."""
        project = Path(submission.launch.project)
        layout = Layout(project)
        folder = layout.run(submission.run)
        if not folder.exists():
            layout.make()
            self._state.make()
            remember(self._state, project)
            self._make(folder, submission)
        self._found[submission.run] = project, folder
        if submission.plan.worker == "simulated":
            self._rehearsals.add(submission.run)
        if plan_bytes(folder) != _spelled(submission.plan):
            raise RunStateConflict(f"run {submission.run} exists with another plan", run=submission.run)

    def _make(self, folder: Path, submission: Submission) -> None:
        seals = self._of(submission.run)
        is_first = not seals.exist()
        try:
            if submission.plan.worker != "simulated":  # what is only rehearsed is never judged
                seals.begin()
            _make_whole(folder, submission)
        except CcorchError:
            self._seals.pop(submission.run, None)
            if is_first:
                seals.delete()
            raise

    def append(self, run: str, event: Event) -> Event:
        """Write the event durably with the next seq and the time."""
        folder = self.folder(run)
        with self._one_writer:
            log = self._logs.get(run) or self._logs.setdefault(run, EventLog(folder / EVENTS, self._sealing(run)))
            # all that follows from it is a later line of this file, which cannot reach the disk before it
            is_idle = event.type in REHEARSED and run in self._rehearsals
            written = log.append(event, self._clock.now(), durable=not is_idle)
        if written.type == "finished":
            self._rehearsals.discard(run)
            self._logs.pop(run, None)
            self._read_to.pop(run, None)
            self._seals.pop(run, None)
        return written

    def events(self, run: str, after: int = 0) -> Iterator[Event]:
        """The events with a higher seq, in order; a torn last line is skipped."""
        path = self.folder(run) / EVENTS
        last = self._read_to.get(run, Place())
        place = Place(last.seq, last.offset) if last.seq <= after else Place()
        skip(path, place, after)
        try:
            yield from read(path, place)
        finally:  # whoever wants a part of them goes on from there
            self._read_to[run] = place

    def plan(self, run: str) -> Plan:
        """The plan; raises RunCorrupt when it is not the one that was submitted."""
        return read_plan(self.project(run), run)

    def read(self, run: str, name: str) -> bytes | None:
        """A file of the run by its relative name; null when there is none. Raises EvidenceForged."""
        folder = self.folder(run)
        try:
            with open_below(folder, relative_name(name)) as file:
                content = file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise corrupt(folder / name, error.strerror or str(error)) from error
        if name.rpartition("/")[2] in DECIDING and not self._of(run).is_own(name, content):
            raise EvidenceForged(f"{name} of run {run} is not as ccorch wrote it", path=str(folder / name))
        return content

    def artifact(self, run: str, name: str, content: bytes) -> None:
        """Store a file of the run under its relative name, whole or not at all."""
        if name in _OWN:
            raise ArgumentInvalid(f"{name} of a run is not an artifact that can be replaced")
        folder = self.folder(run)
        path = folder / relative_name(name)
        with self._one_writer:
            make_private_dir(path.parent, folder)
            seals = self._sealing(run)
            if seals:
                seals.coming(name, content)
            write_private(path, content)
            if seals:
                seals.written(name, hashlib.sha256(content).hexdigest())
            _artifacts(folder).relist(name)

    def grow(self, run: str, name: str, lines: bytes) -> None:
        """Add whole lines to a file of a run that is not over; a crash may leave some of them."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        path = self.folder(run) / relative_name(name)
        with self._one_writer, writing(path):
            if seals := self._sealing(run):
                seals.grows(name)
            file = os.open(path, flags, 0o600)
            try:
                append_line(file, lines, durable=False)
            finally:
                os.close(file)

    def seal(self, run: str) -> None:
        """List every file of a run that is over, with its hash; takes as long as its files are large."""
        artifacts = _artifacts(self.folder(run))
        found = artifacts.scan(final=True)
        artifacts.store(found)
        if seals := self._sealing(run):
            for name, file in found.files.items():
                if name != EVENTS and not seals.has(name) and name.rpartition("/")[2] not in DECIDING:
                    seals.written(name, file.sha256)

    def forged(self, run: str) -> tuple[str, ...] | None:
        """What of a run is not as ccorch wrote it, in words; null when nobody can tell."""
        seals = self._sealing(run)
        if seals is None:
            return None
        folder = self.folder(run)
        there = {name: file.sha256 for name, file in _artifacts(folder).scan(final=False).files.items()}
        return (
            *(() if seals.log_is_own(folder / EVENTS) else (f"{EVENTS} was changed",)),
            *seals.differences(there),
        )

    def put_aside(self, run: str, name: str) -> str:
        """Give what lies under this name of a run another name, be it a file, a link or a folder; the name."""
        folder, artifacts = self.folder(run), self.artifacts(run)
        with self._one_writer:
            tries = (f"{relative_name(name)}.aside-{number}" for number in count(1))
            other = next(one for one in tries if not os.path.lexists(folder / one))
            with writing(folder / name):
                os.rename(folder / name, folder / other)
            if (folder / other).is_file() and not (folder / other).is_symlink():
                artifacts.relist(other)
        return other

    def relist(self, run: str) -> None:
        """Bring the list of files up to date after the log of a run that is over has grown."""
        with self._one_writer:
            _artifacts(self.folder(run)).relist(EVENTS)

    def folder(self, run: str) -> Path:
        """The folder of a run; raises RunNotFound."""
        return self._where(run)[1]

    def project(self, run: str) -> Path:
        """The project that a run lies in; raises RunNotFound."""
        return self._where(run)[0]

    def kept(self, run: str) -> Left:
        """What lies in the run's folder; as its final manifest tells it, once there is one."""
        return self.artifacts(run).kept()

    def listed(self, run: str) -> Files:
        """The files of the run by their names."""
        return self.artifacts(run).listed()

    def lines(self, run: str, path: str, start: int, most: int, most_bytes: int, holding: str) -> Lines:
        """Lines of a listed file from a number on, only those that hold the text; raises NotFound."""
        return self.artifacts(run).lines(path, start, most, most_bytes, holding)

    def artifacts(self, run: str) -> Artifacts:
        """The files of a run."""
        return _artifacts(self.folder(run))

    def _where(self, run: str) -> tuple[Path, Path]:
        known = self._found.get(run)
        if known is None or not known[1].is_dir():
            project = RunFinder(self._state, self._here).project_of(run)
            known = self._found[run] = project, Layout(project).run(run)
        return known

    def _of(self, run: str) -> Seals:
        return self._seals.setdefault(run, Seals(self._state.seals(run)))

    def _sealing(self, run: str) -> Seals | None:
        """The notes about a run; null where none are made of it."""
        seals = self._of(run)
        return seals if seals.exist() else None


def _artifacts(folder: Path) -> Artifacts:
    from ccorch.adapters.run_folder.artifacts import Artifacts  # most who read a run ask for none of its files

    return Artifacts(folder)


def _make_whole(folder: Path, submission: Submission) -> None:
    """Make the folder under another name first, so that it never exists in part."""
    with writing(folder):
        draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            _fill(draft, submission)
            os.rename(draft, folder)
            sync_folder(folder.parent)
        except OSError:
            if not folder.is_dir():  # it is when another process was faster
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _fill(draft: Path, submission: Submission) -> None:
    write_private(draft / PLAN, _spelled(submission.plan), durable=False)
    write_private(draft / CONFIG, canonical(submission.config).encode("utf-8", "surrogatepass"), durable=False)
    write_private(draft / EVENTS, b"", durable=False)
    artifacts = _artifacts(draft)
    artifacts.store(artifacts.scan(final=False), durable=False)
    # the folder once, instead of after each of its files
    sync_files(draft, PLAN, CONFIG, MANIFEST)


def _spelled(plan: Plan) -> bytes:
    """The bytes whose sha256 is the plan's own."""
    return plan.spelled.encode("utf-8", "surrogatepass")
