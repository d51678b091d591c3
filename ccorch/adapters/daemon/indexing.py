"""Keeps the index in step with the logs: at once where somebody waits, a moment later for many events together."""

import asyncio

from ccorch.adapters.harmless import never_fatal
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.runs import RunFolders

INDEX_SECONDS = 0.05
"""How long the index may be behind a log that grows; readers look into the log meanwhile."""


class Indexing:
    """What could not be indexed is behind, and is made up for with the next housekeeping."""

    def __init__(self, index: Index, runs: RunFolders) -> None:
        self._index = index
        self._runs = runs
        self._behind: set[str] = set()
        self._catching_up: asyncio.TimerHandle | None = None
        self._is_closed = False

    def now(self, run: str) -> None:
        """Index what a run's log has grown by."""
        self._behind.add(run)
        with never_fatal(f"run {run} cannot be indexed"):
            self._index.update(run, self._runs.project(run))
            self._behind.discard(run)

    def soon(self, run: str) -> None:
        """Many events together: what the index costs does not grow with how fast they come."""
        self._behind.add(run)
        if self._catching_up is None and not self._is_closed:
            self._catching_up = asyncio.get_running_loop().call_later(INDEX_SECONDS, self.catch_up)

    def catch_up(self) -> None:
        """Index every run that is behind."""
        if self._catching_up is not None:
            self._catching_up.cancel()
            self._catching_up = None
        for run in tuple(self._behind):
            self.now(run)

    def close(self) -> None:
        """Catch up for the last time; what a log grows by from now on the next daemon takes in."""
        self.catch_up()
        self._is_closed = True

    def leave_out(self, run: str) -> None:
        """Index nothing of a run any more: its folder is gone, or cannot be read."""
        self._behind.discard(run)
        with never_fatal(f"run {run} cannot be left out of the index"):
            self._index.leave_out(run)
