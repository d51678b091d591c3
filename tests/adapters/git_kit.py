"""What tests of worktrees share: one attempt, and where its worktree lies."""

from pathlib import Path

from ccorch.adapters.git import GitWorktrees
from ccorch.ports import AttemptId

ONE = AttemptId("0123456789abcdef", "develop", 1)


def worktrees_below(folder: Path) -> GitWorktrees:
    """Worktrees of attempts, in a state folder of this test."""
    return GitWorktrees(lambda attempt: folder / "state" / attempt.run / attempt.node / str(attempt.attempt))
