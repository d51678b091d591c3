"""What the house needs of git to see what nobody has committed yet."""

from pathlib import Path
from typing import Protocol


class OpenWork(Protocol):
    """Uncommitted and untracked files of a project."""

    def difference(self, project: Path) -> bytes | None:
        """What they differ in from the commit, as a patch; null without git. Nothing is written anywhere."""
        ...
