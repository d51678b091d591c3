"""What the state folder keeps of runs: private evidence, working copies and seals."""

import os
from collections.abc import Iterator

from pydantic import ValidationError

from ccorch.adapters.daemon.retention import DAY, Over, delete
from ccorch.adapters.files import read_limited, writing
from ccorch.adapters.run_folder.layout import State, is_run_id
from ccorch.adapters.workspace.weight import weight

_LIMIT = 1 << 16


def raw(state: State) -> Iterator[tuple[str, int, float | None]]:
    """Runs with private evidence, its bytes, and when it is deleted; null while the run is not over."""
    for run in _runs(state.attempts):
        yield run, weight(str(state.private(run))), _until(state, run)


def is_launched(state: State, run: str) -> bool:
    """Whether its caller's side is there: from before it has a folder until it is over."""
    return state.launch(run).exists()


def worktrees(state: State) -> frozenset[str]:
    """Runs of which a working copy is still there."""
    return frozenset(run for run in _runs(state.worktrees) if _holds_something(os.fspath(state.worktrees / run)))


def forget(state: State, run: str, seals: bool) -> None:
    """Delete private evidence, and with `seals` also by what the run's files are known."""
    with writing(state.private(run)):
        delete(state.private(run))
        if seals:
            state.seals(run).unlink(missing_ok=True)


def _until(state: State, run: str) -> float | None:
    try:
        over = Over.model_validate_json(read_limited(state.ended(run), _LIMIT))
    except (OSError, ValidationError):
        return None
    return over.at + over.keep_raw * DAY


def _runs(folder: os.PathLike[str]) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if is_run_id(name))
    except OSError:
        return []


def _holds_something(run: str) -> bool:
    """Whether below <node>/<attempt> anything is left; empty folders are only where copies were."""
    return any(files for _, _, files in os.walk(run))
