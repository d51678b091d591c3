"""What readers of a run ask its plan: few facts, which need none of the nouns that plans are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Outline(NamedTuple):
    """A plan in short."""

    task: str
    """What is to be done, as it was given."""
    nodes: Mapping[str, bool]
    """Whether each vertex that a worker does may change a worktree of its own, by its id, in declared order."""
    sources: tuple[str, ...]
    """Where its profiles come from."""

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> Outline:
        """Of a plan as data."""
        nodes = {node["id"]: node["writes"] for node in plan["nodes"]}
        return cls(plan["task"], nodes, tuple(profile["source"] for profile in plan["profiles"]))
