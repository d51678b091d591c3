"""Where a daemon is found."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """Where a daemon lives."""

    socket: Path
    lock: Path
