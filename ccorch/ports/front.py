"""What a client starts as the MCP server."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Front(Protocol):
    """A thin front that answers at once what the server has said before."""

    def command(self) -> tuple[str, ...]:
        """Program and words, with absolute paths."""
        ...

    def warm(self, project: Path) -> tuple[str, ...]:
        """Start it once and ask what clients ask at their start; what is kept now. Raises DaemonUnreachable."""
        ...
