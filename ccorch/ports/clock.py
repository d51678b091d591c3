"""What the house needs to know the time."""

from typing import Protocol


class Clock(Protocol):
    """Time."""

    def now(self) -> float:
        """Unix time in seconds."""
        ...
