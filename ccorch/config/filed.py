"""A composed config whose workflow may have come out of files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccorch.config.compose import Composed
    from ccorch.rules.composing import Flat


@dataclass(frozen=True)
class Filed:
    """A composed config whose workflow may have come out of a file."""

    composed: Composed
    problems: tuple[str, ...] = ()
    """What keeps the file from being a workflow that can run, each with its line."""
    flat: Flat | None = None
    """Its workflow with those that its nodes name in their places; null where none does."""
    place_of: Callable[[str], str] | None = None
    """Where a key stands, where the config alone cannot tell."""

    def place(self, key: str) -> str:
        """Where a dotted key was set, as file:line."""
        return self.composed.origins.lookup(key).place if self.place_of is None else self.place_of(key)
