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
