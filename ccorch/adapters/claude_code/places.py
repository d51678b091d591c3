"""Where the files of an attempt lie."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ccorch.ports import AttemptId, WorkOrder


@dataclass(frozen=True)
class Places:
    """The folders and sockets of an attempt."""

    attempt: Callable[[AttemptId], Path]
    """State folder of an attempt: raw bytes, secrets, never shown."""
    evidence: Callable[[WorkOrder], Path]
    """Workspace folder of an attempt: redacted, readable by anyone."""
    sockets: Callable[[AttemptId], Path] | None = None
    """Folder with a short name for the sockets of its sandbox."""
    worktree: Callable[[AttemptId], Path] | None = None
    """Top of an attempt's worktree."""
    hidden: tuple[Path, ...] = ()
    """Folders that commands in a sandbox find empty."""

    def writable(self, order: WorkOrder) -> Path:
        """Where its commands may write: the whole worktree where they work in one."""
        top = self.worktree(order.id) if self.worktree else order.cwd
        return top if order.cwd.is_relative_to(top) else order.cwd
