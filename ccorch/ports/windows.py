"""Opens a window at which somebody can watch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class Windows(Protocol):
    """Terminals of the machine that people look at."""

    def check(self) -> None:
        """Find out whether a window can be opened; raises ArgumentInvalid with what was looked for."""
        ...

    def open(self, title: str, words: Sequence[str], folder: Path) -> str:
        """Have `ccorch` run with these words in a window; where it is, in words. Raises ArgumentInvalid."""
        ...
