"""What a plan is built from: one composed configuration for each branch of a sweep."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ccorch.rules.composing import Flat, composed
from ccorch.schema.config import RunConfig


@dataclass(frozen=True)
class Lane:
    """One branch of a sweep: its name and its composed configuration."""

    name: str | None
    config: RunConfig
    data: Mapping[str, Any]
    place: Callable[[str], str] = lambda key: ""
    """Where a dotted key was set, as file:line."""
    flat: Flat | None = None
    """Its workflow with what stands within it; null where nothing does."""
    problems: tuple[str, ...] = ()
    """What was found wrong with its workflow already, each with its place."""

    @property
    def vertices(self) -> Flat:
        """Its workflow as it is now, and where each node was written."""
        workflow = self.config.workflow
        return composed(workflow) if self.flat is None else replace(self.flat, workflow=workflow)
