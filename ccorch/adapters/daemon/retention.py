"""Private evidence of runs that are over: kept for as long as the plan says, then deleted for good."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from ccorch.adapters.files import read_limited, write_private
from ccorch.adapters.run_folder.layout import State, is_run_id
from ccorch.schema.base import Value

DAY = 86_400.0
DEFAULT_DAYS = 7
"""How long evidence is kept whose own term cannot be read."""
_LIMIT = 1 << 16


class Over(Value):
    """When a run was over."""

    at: float
    """Unix time."""
    keep_raw: int
    """Days for which its private evidence is kept."""


class Retention:
    """Knows what is due; a folder that cannot be deleted is told of and tried again the next time."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._one_at_a_time = threading.Lock()

    def begin(self, run: str, over: Over) -> None:
        """The run is over and everything about it is written: from now on its private evidence has a term."""
        if self._state.private(run).is_dir():
            write_private(self._state.ended(run), over.model_dump_json().encode())

    def cancel(self, run: str) -> None:
        """The run goes on."""
        self._state.ended(run).unlink(missing_ok=True)

    def without_term(self) -> tuple[str, ...]:
        """Runs with private evidence that were not over, or whose end was cut off."""
        return tuple(run for run in self._runs() if not self._state.ended(run).exists())

    def tidy(self, now: float) -> None:
        """Delete what is due."""
        with self._one_at_a_time:
            for run in self._runs():
                try:
                    over = self._term(run)
                    if over and now >= over.at + over.keep_raw * DAY:
                        delete(self._state.private(run))
                except OSError as problem:
                    print(f"private evidence of run {run} cannot be deleted: {problem}", flush=True)

    def _runs(self) -> tuple[str, ...]:
        try:
            return tuple(sorted(name for name in os.listdir(self._state.attempts) if is_run_id(name)))
        except FileNotFoundError:
            return ()

    def _term(self, run: str) -> Over | None:
        path = self._state.ended(run)
        try:
            return Over.model_validate_json(read_limited(path, _LIMIT))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            return Over(at=path.lstat().st_mtime, keep_raw=DEFAULT_DAYS)


def delete(folder: Path) -> None:
    """Delete a folder and all below it, even where its owner had taken the right to write from himself."""
    if not folder.is_dir():
        return
    for below in _folders(folder):
        os.chmod(below, 0o700)
    shutil.rmtree(folder)


def _folders(folder: Path) -> Iterator[Path]:
    """The folder and those below it, each before what it holds; no link is followed."""
    yield folder
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _folders(folder / entry.name)
