"""What a plan is built from: one composed configuration for each branch of a sweep."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ccorch.schema.config import RunConfig


@dataclass(frozen=True)
class Lane:
    """One branch of a sweep: its name and its composed configuration."""

    name: str | None
    config: RunConfig
    data: Mapping[str, Any]
    place: Callable[[str], str] = lambda key: ""
    """Where a dotted key was set, as file:line."""
    problems: tuple[str, ...] = ()
    """What was found wrong with its workflow already, each with its place."""
