"""Which projects of this machine have a workspace, and which runs lie in them."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ccorch.adapters.files import append_shared, read_limited
from ccorch.adapters.run_folder.layout import EVENTS, PLAN, Layout, State, is_run_id
from ccorch.errors import RunNotFound

_LIMIT = 16 << 20
_SHORTEST_PREFIX = 4


def known_projects(state: State) -> tuple[Path, ...]:
    """Projects that had a run, in the order of their first; a broken line is skipped."""
    try:
        lines = read_limited(state.projects, _LIMIT).splitlines()
    except FileNotFoundError:
        return ()
    return tuple(dict.fromkeys(project for line in lines if (project := _project(line))))


def remember(state: State, project: Path) -> None:
    """Write the project down, once."""
    if project in known_projects(state):
        return
    append_shared(state.projects, json.dumps({"project": str(project)}).encode() + b"\n")


@dataclass(frozen=True)
class RunFinder:
    """Finds runs from anywhere: in the given project first, then in all known ones."""

    state: State
    project: Path | None = None
    only_here: bool = False
    """Looks into no project but the given one."""

    def all(self) -> dict[str, Path]:
        """The project of every run folder."""
        return runs_of(self._projects())

    def project_of(self, run: str) -> Path:
        """The project that a run lies in; raises RunNotFound."""
        for project in self._projects():
            if Layout(project).run(run).is_dir():
                return project
        raise RunNotFound(f"no run {run!r}", run=run)

    def resolve(self, prefix: str | None) -> str:
        """The run that a unique beginning of its id means; null is the latest here, else of the machine."""
        if prefix is None:
            return self._latest()
        if len(prefix) < _SHORTEST_PREFIX:
            raise RunNotFound(f"{prefix!r} is too short: at least {_SHORTEST_PREFIX} digits are needed", run=prefix)
        fitting = sorted(run for run in self.all() if run.startswith(prefix))
        if len(fitting) > 1:
            raise RunNotFound(
                f"{prefix!r} fits {len(fitting)} runs: {', '.join(fitting[:10])}",
                hint="give more digits of the id",
                run=prefix,
                candidates=fitting[:10],
            )
        if not fitting:
            raise RunNotFound(f"no run {prefix!r}", run=prefix)
        return fitting[0]

    def _latest(self) -> str:
        here = runs_of([self.project] if self.project else [])
        runs = here or self.all()
        if not runs:
            raise RunNotFound("there is no run yet", hint="`ccorch role=review task=…` makes one")
        return max(runs, key=lambda run: (_submitted_at(Layout(runs[run]).run(run)), run))

    def _projects(self) -> tuple[Path, ...]:
        first = (self.project,) if self.project else ()
        if self.only_here:
            return first
        return tuple(dict.fromkeys((*first, *known_projects(self.state))))


def runs_of(projects: Iterable[Path]) -> dict[str, Path]:
    """The project of every run folder in these projects; an earlier project wins."""
    found: dict[str, Path] = {}
    for project in projects:
        for run in _run_folders(Layout(project).runs):
            found.setdefault(run, project)
    return found


def _run_folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [
                entry.name for entry in entries if is_run_id(entry.name) and entry.is_dir(follow_symlinks=False)
            ]
    except (OSError, ValueError):
        return []


def _submitted_at(folder: Path) -> float:
    """When the log begins; a run without a log yet is as old as its plan."""
    try:
        with open(folder / EVENTS, "rb") as log:
            first = json.loads(log.readline(1 << 20))
        return float(first["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return _modified(folder / PLAN)


def _modified(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _project(line: bytes) -> Path | None:
    try:
        data = json.loads(line)
        return Path(data["project"])
    except (ValueError, KeyError, TypeError):
        return None
