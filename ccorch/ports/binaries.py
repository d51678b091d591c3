"""The Claude Code binary, and what it needs beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.schema.plan import Cli


class Binaries(Protocol):
    """Finds the Claude Code binary."""

    def expect(self) -> None:
        """Make ready what `find(None)` will need, as far as it takes time, while the caller goes on."""
        ...

    def find(self, configured: str | None) -> tuple[Path, Cli]:
        """Path, version and hash; raises ClaudeUnusable with what was tried."""
        ...

    def missing_for_sandbox(self) -> tuple[str, ...]:
        """Programs of the sandbox that are not installed."""
        ...
