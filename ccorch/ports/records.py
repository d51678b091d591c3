"""What the house needs to remember what was measured of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.schema.experience import BenchResult, Calibration, Experience, ProfileCheck, Quality


class Records(Protocol):
    """What was measured of models, kept for all projects of the user."""

    def experience(self) -> Experience:
        """Everything that was measured, oldest first; nothing when nothing was."""
        ...

    def add(self, found: BenchResult | Quality | ProfileCheck) -> None:
        """Keep one measurement durably; raises WorkspaceUnwritable."""
        ...

    def calibrate(self, found: Calibration | None) -> None:
        """Put these preferences in the place of the recorded ones; None takes them back."""
        ...
