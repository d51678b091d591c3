"""What the house needs to make a fresh worktree fit for work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ccorch.ports.attempt import AttemptId

if TYPE_CHECKING:
    from ccorch.schema.plan import PlanNode
    from ccorch.schema.run import Launch


@dataclass(frozen=True)
class Fresh:
    """A worktree in which nobody has worked yet."""

    folder: Path
    """Where the worker will stand in it."""
    node: PlanNode
    launch: Launch
    is_planned: bool
    """Whether it holds the plan's own commit; what workers wrote must not end up in what later ones are given."""
    is_stopping: Callable[[], bool]
    secrets: tuple[str, ...] = ()
    """What is kept out of the log."""


@dataclass(frozen=True)
class SetUp:
    """How setting up went."""

    log: str
    """What was done, and what commands printed."""
    problem: str | None = None
    """Why nobody can work there; null when everything is in place."""


class Setups(Protocol):
    """Sets worktrees up."""

    def prepare(self, attempt: AttemptId, fresh: Fresh) -> SetUp | None:
        """Do what the node's worktree asks for, once; null when it was done before."""
        ...

    def furnish(self, fresh: Fresh) -> SetUp:
        """Do the same to plain files without git, in which a result is tried; no later one is given any."""
        ...
