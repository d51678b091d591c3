"""The workspace port: weighs, cleans, packs and unpacks the folders of one project, and nothing beside them."""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ccorch.adapters.daemon.retention import delete
from ccorch.adapters.files import make_private_dir, sync_folder, writing
from ccorch.adapters.run_folder.layout import EVENTS, Layout, State
from ccorch.adapters.run_folder.looking import log_size
from ccorch.adapters.run_folder.projects import known_projects, remember, runs_of
from ccorch.adapters.workspace import archive as archives
from ccorch.adapters.workspace import private, refs
from ccorch.adapters.workspace.weight import weight
from ccorch.errors import ArgumentInvalid, CcorchError, RunStateConflict, WorkspaceUnwritable
from ccorch.ports.workspace import Archive, Raw, Refs, Usage
from ccorch.rules.places import PLACES, may_keep
from ccorch.schema.status import OVER

REMOVING = ".removing-"
"""How a folder is called that is being deleted; what a crash leaves of it is no run any more."""
_RESTORING = ".restoring-"


class WorkspaceKeeper:
    """Answers the workspace port for one project."""

    def __init__(self, state: State, project: Path) -> None:
        self._state = state
        self._project = project
        self._layout = Layout(project)

    def where(self, path: str) -> str:
        """A place of the folder policy as people find it: relative to the project, or the folder beside it."""
        beside = path.startswith("$STATE/")
        return str(self._state.root / path.removeprefix("$STATE/")) if beside else path

    def usage(self, path: str) -> Usage:
        """How much lies at a place."""
        folder = self._project / self.where(path)
        try:
            entries = len(os.listdir(folder))
        except OSError:
            return Usage(False)
        return Usage(True, entries, weight(str(folder)))

    def strays(self) -> tuple[str, ...]:
        """What lies in the workspace and has no place there."""
        known = {self._project / place.path for place in PLACES if not place.path.startswith("$")}
        return tuple(self._told(path) for path in _listed(self._layout.workspace) if path not in known)

    def leftovers(self, before: float) -> tuple[str, ...]:
        """Drafts that a crash has left, older than that; what was being deleted has no age."""
        drafts = (path for folder in (self._layout.runs, self._layout.archives) for path in _listed(folder, "."))
        return tuple(
            self._told(path) for path in drafts if path.name.startswith(REMOVING) or path.lstat().st_mtime < before
        )

    def raw(self) -> tuple[Raw, ...]:
        """Private evidence of this project's runs, and of runs that are nowhere any more."""
        # a run has its launch before its folder, so a place without both is looked for in this order
        found = tuple(private.raw(self._state))
        if not found:
            return ()
        launched = {run for run, _, until in found if until is None and private.is_launched(self._state, run)}
        # a project that cannot be seen now may hold any run
        all_seen = not self.lost_projects()
        everywhere = runs_of((self._project, *known_projects(self._state)))
        here = {run for run, project in everywhere.items() if project == self._project}
        kept = {run for one in self.archives() for run in one.runs} | here
        return tuple(
            Raw(run, size, until, all_seen and run not in everywhere and run not in kept)
            for run, size, until in found
            if run in kept or not (run in everywhere or run in launched or private.is_launched(self._state, run))
        )

    def worktrees(self) -> frozenset[str]:
        """Runs of which a working copy is still there."""
        return private.worktrees(self._state)

    def refs(self) -> Refs:
        """What git keeps of runs."""
        return refs.refs(self._project)

    def forget_refs(self, run: str) -> None:
        """Delete a run's refs whose commits a branch holds."""
        refs.forget(self._project, run)

    def lost_projects(self) -> tuple[str, ...]:
        """Projects that had runs and are gone; ccorch's own, of checks and rehearsals, come and go."""
        known = (project for project in known_projects(self._state) if self._state.bench not in project.parents)
        return tuple(str(project) for project in known if not project.is_dir())

    def weigh(self, path: str) -> int:
        """Bytes of all files below a path of the workspace."""
        return weight(f"{self._project}/{path}")

    def size(self, run: str) -> int:
        """Bytes of a run's log."""
        return log_size(self._project, run)

    def remove(self, path: str, as_seen: int | None = None, packed: str | None = None) -> bool:
        """Give it a name that nobody looks for, then delete it; false when the run has changed meanwhile."""
        place = self._checked(path)
        with writing(place):
            aside = place.with_name(f"{REMOVING}{place.name.lstrip('.')}-{secrets.token_hex(4)}")
            if not _renamed(place, aside, as_seen):
                return False
            if packed is not None and not archives.holds(self._layout.archives / packed, place.name, aside):
                os.rename(aside, place)
                return False
            if aside.is_dir() and not aside.is_symlink():
                delete(aside)
            else:
                aside.unlink()
        return True

    def forget_private(self, run: str, seals: bool) -> None:
        """Delete what the state folder keeps of a run, unless a run of that id lies in another project."""
        # a copy of a project holds the same runs, and a repository may bring along what it says is one
        if run not in runs_of(known_projects(self._state)):
            private.forget(self._state, run, seals)

    def pack(self, runs: Sequence[str], at: float) -> Archive:
        """Pack runs into a new archive, which was read back before it has its name."""
        sources = {run: self._layout.run(run) for run in runs}
        self._checked(self._told(self._layout.archives / "new"))
        self._layout.make()
        path = archives.pack(self._layout.archives, sources, at)
        return Archive(path.name, path.stat().st_size, tuple(runs))

    def archives(self) -> tuple[Archive, ...]:
        """The archives by name; one that cannot be used says why."""
        found = [path for path in _listed(self._layout.archives) if path.name.endswith(archives.ENDING)]
        return tuple(_about(path) for path in found if not path.name.startswith("."))

    def archive(self, name: str) -> Path:
        """The archive of that name, or at that path."""
        here = self._layout.archives / name
        return Path(os.path.abspath(name)) if "/" in name or (not here.exists() and os.path.exists(name)) else here

    def unpack(self, archive: Path, runs: Sequence[str]) -> tuple[str, ...]:
        """Bring runs back; each has its place only when every file of it was compared and read as a run."""
        known = archives.contents(archive).runs
        wanted = tuple(runs) or tuple(run for run in known if not os.path.lexists(self._layout.run(run)))
        if unknown := [run for run in wanted if run not in known]:
            raise ArgumentInvalid(f"{archive.name} does not hold {', '.join(unknown)}")
        if taken := [run for run in wanted if os.path.lexists(self._layout.run(run))]:
            raise RunStateConflict(
                f"run {taken[0]} is here already, and nothing is overwritten",
                hint="name the other runs",
                runs=taken,
            )
        self._layout.make()
        self._state.make()
        make_private_dir(self._layout.archives, self._project)
        with writing(self._layout.archives):
            draft = Path(tempfile.mkdtemp(dir=self._layout.archives, prefix=_RESTORING))
        try:
            self._place(archive, wanted, draft)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        remember(self._state, self._project)
        return wanted

    def _place(self, archive: Path, wanted: Sequence[str], draft: Path) -> None:
        from ccorch.adapters.run_folder.fold import RunFold  # brings every event there is, for one verb of all

        folder = Layout(draft).runs
        make_private_dir(folder, draft)
        archives.unpack(archive, wanted, folder)
        for run in wanted:
            fold = RunFold(draft, run)
            fold.read_on()
            if fold.fold.status not in OVER:
                raise RunStateConflict(f"run {run} in {archive.name} is not over, so nothing of it is brought back")
        with writing(self._layout.runs):
            for run in wanted:
                place = self._checked(self._told(self._layout.run(run)))
                os.rename(folder / run, place)  # a folder with anything in it is never replaced
            sync_folder(self._layout.runs)

    def _checked(self, path: str) -> Path:
        """The place, where upkeep may write there and no link leads elsewhere on the way."""
        if not may_keep(path):
            raise ArgumentInvalid(f"{path!r} is no place that upkeep may touch", hint="`ccorch workspace policy`")
        here = self._project
        for part in path.split("/")[:-1]:
            here = here / part
            if here.is_symlink():
                raise WorkspaceUnwritable(f"{here} is a symbolic link, and no link is followed", path=str(here))
        return self._project / path

    def _told(self, path: Path) -> str:
        return path.relative_to(self._project).as_posix()


def _renamed(place: Path, aside: Path, as_seen: int | None) -> bool:
    """Rename, and of a run only while its log is as it was when it was judged; nobody appends meanwhile."""
    if as_seen is None:
        os.rename(place, aside)
        return True
    log = os.open(place / EVENTS, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(log, fcntl.LOCK_EX)
        if os.fstat(log).st_size != as_seen:
            return False
        os.rename(place, aside)
        return True
    finally:
        os.close(log)


def _listed(folder: Path, beginning: str = "") -> Iterator[Path]:
    """What lies in a folder and begins so, by name."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.startswith(beginning))
    except OSError:
        return
    yield from (folder / name for name in names)


def _about(path: Path) -> Archive:
    size = path.lstat().st_size
    try:
        return Archive(path.name, size, tuple(archives.contents(path).runs))
    except CcorchError as problem:
        return Archive(path.name, size, problem=problem.message)
