"""What the house needs of git to see what nobody has committed yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ccorch.ports.attempt import AttemptId

if TYPE_CHECKING:
    from ccorch.rules.patch import FilePatch


@dataclass(frozen=True)
class Glance:
    """What a worker at work has changed so far."""

    files: tuple[FilePatch, ...] = ()
    """Every changed file; its added lines are told where it is small and differs from the look before."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """By file what tells its content from any other."""


class OpenWork(Protocol):
    """Uncommitted and untracked files of a project and of its worktrees."""

    def difference(self, project: Path) -> bytes | None:
        """What they differ in from the commit, as a patch; null without git. Nothing is written anywhere."""
        ...

    def glance(self, project: Path, attempt: AttemptId, base: str, marks: Mapping[str, str]) -> Glance:
        """What differs from `base` in the worktree of an attempt, at about the price of a status.

        What git ignores, and what its set-up has put there, is left out. `marks` are those of the look before.
        Nothing is written anywhere. Raises ProjectInvalid when it cannot be read.
        """
        ...
