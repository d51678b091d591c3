"""What a client starts as the MCP server."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Front(Protocol):
    """A thin front that answers at once what the server has said before."""

    def command(self) -> tuple[str, ...]:
        """Program and words, with absolute paths."""
        ...

    def warm(self, project: Path, seconds: float) -> tuple[str, ...]:
        """Start it once for each kind of client and ask what that asks at its start; what is kept now.

        Raises DeadlinePassed where the server takes longer, and WorkspaceUnwritable.
        """
        ...
