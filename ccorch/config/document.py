"""One YAML file as plain data with the line of every value, read within fixed bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_NODES = 10_000
MAX_DEPTH = 40

Path = tuple[str | int, ...]
"""Keys and list positions from the root of a file or of the composed config to a value."""


@dataclass(frozen=True)
class Document:
    """What one config file says."""

    place: str
    data: Mapping[str, Any]
    lines: Mapping[Path, int]
    package: str | None = None
    summary: str = ""

    def at(self, path: Path) -> str:
        """file:line of a value, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.place}:{self.lines.get(path, 1)}"


def summary(text: str) -> str:
    """The first comment line that is prose."""
    for line in text.splitlines():
        if not line.startswith("#"):
            return ""
        words = line.lstrip("#").strip()
        if words and not words.startswith(("@", "yaml-language-server")):
            return words
    return ""
