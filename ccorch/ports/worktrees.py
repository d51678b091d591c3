"""Working copies of writing attempts, and what was changed in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ccorch.ports.open_work import OpenWork

if TYPE_CHECKING:
    from ccorch.ports.attempt import AttemptId
    from ccorch.schema.change import ChangedFile


class Head(NamedTuple):
    """What a project's checkout is at."""

    commit: str | None
    """The commit checked out; null without git or before the first commit."""
    dirty: str | None
    """sha256 of uncommitted changes and untracked files; null when there are none or there is no git."""


@dataclass(frozen=True)
class Change:
    """What a writing attempt changed in its worktree."""

    commit: str
    """Commit that holds the result."""
    files: tuple[str, ...]
    """Changed paths, relative to the project's root."""
    patch: bytes = field(repr=False)
    """The difference to the base, binary safe."""
    entries: tuple[ChangedFile, ...] = ()
    """The same one by one, with modes and lines."""
    ignored: tuple[str, ...] = ()
    """Files that were left in the worktree and are in no commit."""
    unlisted: int = 0
    """How many more of them there were."""
    odd: tuple[str, ...] = ()
    """What is no plain file there, or became different in git's record of the worktree, each in words."""


class Worktrees(OpenWork, Protocol):
    """The project's git, and isolated copies of it."""

    def head(self, project: Path, but: Path | None = None) -> Head:
        """The commit checked out, and what differs from it, but for one file that may lie there."""
        ...

    def snapshot(self, project: Path) -> str | None:
        """The commit checked out, or one of all that is uncommitted upon it; equal files give equal commits."""
        ...

    def create(self, project: Path, attempt: AttemptId, base: str) -> Path:
        """A worktree of `base` for this attempt; the same one when it exists already."""
        ...

    def merged(self, project: Path, base: str, results: Sequence[str]) -> str:
        """One commit that holds these results, each of which descends from `base`; the same one each time.

        Raises ProjectInvalid that names the files where they contradict each other.
        """
        ...

    def keep(self, project: Path, run: str, commit: str) -> str:
        """Let the run's own ref point at the commit; the ref. Nothing of the project's branches changes."""
        ...

    def set_aside(self, project: Path, run: str) -> str | None:
        """Move what the run's own ref points at to another one, as evidence; that ref, or null for nothing kept."""
        ...

    def collect(self, project: Path, attempt: AttemptId, base: str) -> Change:
        """Commit everything in the worktree to the attempt's ref and tell what changed."""
        ...

    def remove(self, project: Path, attempt: AttemptId) -> None:
        """Take the worktree away; its commits stay under refs/ccorch."""
        ...

    def state(self, project: Path, before: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """What the project's own checkout is like: HEAD, refs, index, stash, hooks, settings, uncommitted files.

        Each by a name and a mark that differs when it does; nothing without git. What is ccorch's own is left out.
        Files that were written since it was like `before` are read, whatever the index says of them.
        """
        ...

    def begin(self, folder: Path) -> str:
        """Make the folder a repository with one commit of all that is in it; equal files give equal commits."""
        ...

    def apply(self, folder: Path, patch: str) -> str | None:
        """Apply a unified diff to the files of a folder, whole or not at all; null, or why it does not fit."""
        ...
