"""What the house needs of git to judge what runs have made, and to bring it into branches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.schema.change import ChangedFile


SNAPSHOT = "snapshot"
"""Name under which a run keeps the uncommitted work that it starts from."""


class Results(Protocol):
    """What runs have made, in the project's git: compared, tried, brought into branches and taken back.

    No method but `move` touches a branch, a checkout or its index.
    """

    def changed(self, project: Path, before: str, after: str) -> tuple[ChangedFile, ...]:
        """Every file that differs between two commits, by its name relative to the project."""
        ...

    def patch(self, project: Path, before: str, after: str) -> bytes:
        """The difference, binary safe, as `git apply` takes it at the root of the repository."""
        ...

    def mixed(self, project: Path, commit: str, other: str, takes: Callable[[str], bool]) -> str:
        """The tree of a commit with the files whose names are taken as they are in the other one."""
        ...

    def laid_out(self, project: Path, tree: str) -> AbstractContextManager[Path]:
        """The project's folder as it is in a tree or commit, as plain files without git; gone at the end."""
        ...

    def branch(self, project: Path) -> str | None:
        """The branch that is checked out; null when none is."""
        ...

    def tip(self, project: Path, branch: str) -> str | None:
        """The commit of a branch; null when there is no such branch. Raises ArgumentInvalid for what is no name."""
        ...

    def holds(self, project: Path, commit: str, earlier: str) -> bool:
        """Whether a commit is, or descends from, an earlier one; raises ProjectInvalid where nobody can tell."""
        ...

    def is_same(self, project: Path, tree: str, commit: str) -> bool:
        """Whether a commit has these files."""
        ...

    def replayed(self, project: Path, before: str, after: str, onto: str) -> str:
        """The tree of `onto` with the difference between two commits; raises RunStateConflict naming the files."""
        ...

    def commit(self, project: Path, tree: str, parents: Sequence[str], message: str, who: str) -> str:
        """A commit by `Name <address>`; at no ref yet."""
        ...

    def keep(self, project: Path, run: str, name: str, commit: str) -> None:
        """Point `refs/ccorch/<run>/_<name>` at a commit, so that it is never lost."""
        ...

    def kept(self, project: Path, run: str, name: str) -> str | None:
        """The commit that was kept under that name."""
        ...

    def obstacles(self, project: Path, branch: str, before: str | None, after: str) -> tuple[str, ...]:
        """Why the branch cannot be moved now, in sentences; nothing when it can."""
        ...

    def move(self, project: Path, branch: str, before: str | None, after: str, note: str) -> None:
        """Move a branch from one commit to another; its checkout, where it has one, is brought along.

        The branch stands at either of them at any time. Uncommitted work is never touched; what an interrupted move
        left in the checkout is mended by moving again. Raises RunStateConflict when something stands in the way.
        """
        ...

    def later(self, project: Path, after: str, tip: str, paths: Sequence[str]) -> tuple[str, ...]:
        """Commits since then that touch one of these paths, each as `abc1234 subject`, latest first.

        A path that is again as it was then counts no more: what touched it was taken back.
        """
        ...

    def who(self, project: Path, environment: Mapping[str, str]) -> str:
        """`Name <address>` of the caller, as their git settings tell it."""
        ...
