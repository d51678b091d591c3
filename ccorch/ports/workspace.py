"""What the house needs of a project's workspace to look after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Usage:
    """What lies in a place."""

    exists: bool
    entries: int = 0
    """Things directly in it."""
    bytes: int = 0
    """Size of all files below it."""


@dataclass(frozen=True)
class Raw:
    """Private evidence of a run."""

    run: str
    bytes: int
    until: float | None
    """When it is deleted; null while the run is not over."""
    is_lost: bool = False
    """Whether no project that is known has such a run any more."""


@dataclass(frozen=True)
class Refs:
    """What git keeps of runs, of one project."""

    runs: frozenset[str] = frozenset()
    """Runs with a ref of their own."""
    unmerged: Mapping[str, str] = field(default_factory=dict)
    """Those of them with a commit that no branch holds, and that commit: the result where it is one of them."""
    problem: str | None = None
    """Why git could not be asked; then every run counts as unmerged."""


@dataclass(frozen=True)
class Archive:
    """A packed set of runs."""

    name: str
    bytes: int
    runs: tuple[str, ...] = ()
    problem: str | None = None
    """Why it cannot be used, in words."""


class Workspace(Protocol):
    """The folders of one project, and what the state folder keeps of it."""

    def where(self, path: str) -> str:
        """A place of the folder policy as people find it: relative to the project, or the folder beside it."""
        ...

    def usage(self, path: str) -> Usage:
        """How much lies at a place of the folder policy."""
        ...

    def strays(self) -> tuple[str, ...]:
        """What lies in the workspace and has no place there, relative to the project."""
        ...

    def leftovers(self, before: float) -> tuple[str, ...]:
        """Drafts that a crash has left in the workspace, older than that, relative to the project."""
        ...

    def raw(self) -> tuple[Raw, ...]:
        """Private evidence of this project's runs, and of runs that are nowhere any more."""
        ...

    def worktrees(self) -> frozenset[str]:
        """Runs of which a working copy is still there."""
        ...

    def refs(self) -> Refs:
        """What git keeps of runs."""
        ...

    def forget_refs(self, run: str) -> None:
        """Delete a run's refs whose commits a branch holds, or whose result was accepted into one; others stay."""
        ...

    def lost_projects(self) -> tuple[str, ...]:
        """Projects that had runs and are not there any more."""
        ...

    def weigh(self, path: str) -> int:
        """Bytes of all files below a path of the workspace, relative to the project."""
        ...

    def remove(self, path: str, as_seen: int | None = None, packed: str | None = None) -> bool:
        """Delete something of the workspace; false when a run's log has not so many bytes any more, or when one of
        its files is not as it was packed.

        Raises WorkspaceUnwritable; what cannot be deleted whole is told, and the next call goes on with it.
        """
        ...

    def forget_private(self, run: str, seals: bool) -> None:
        """Delete what the state folder keeps of a run; with `seals` also by what its files are known."""
        ...

    def size(self, run: str) -> int:
        """Bytes of a run's log; -1 when it cannot be seen."""
        ...

    def pack(self, runs: Sequence[str], at: float) -> Archive:
        """Pack runs into a new archive and read it back; raises when one byte is not as it was packed."""
        ...

    def archives(self) -> tuple[Archive, ...]:
        """The archives by name; they are not read whole."""
        ...

    def archive(self, name: str) -> Path:
        """The archive of that name, or at that path; raises NotFound."""
        ...

    def unpack(self, archive: Path, runs: Sequence[str]) -> tuple[str, ...]:
        """Bring these runs, or all that are not here, back; which. Raises RunCorrupt and RunStateConflict."""
        ...
