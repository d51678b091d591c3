"""A fresh worktree is set up before anybody works in it; what cannot be set up is told and taken away."""

import asyncio
from pathlib import Path

from ccorch.errors import ProjectInvalid
from ccorch.ports import AttemptId, Fresh, Runs, SetUp, Setups, Worktrees
from ccorch.ports.attempt import attempt_file


class NoSetups:
    """Answers the Setups port where worktrees are used as git makes them."""

    def prepare(self, attempt: object, fresh: Fresh) -> None:
        """Do nothing."""

    def furnish(self, fresh: Fresh) -> SetUp:
        """Do nothing."""
        return SetUp("")


async def set_up(attempt: AttemptId, fresh: Fresh, setups: Setups, worktrees: Worktrees, runs: Runs) -> None:
    """Set the attempt's worktree up; raises ProjectInvalid with what went wrong, and leaves no worktree then."""
    done = await asyncio.to_thread(setups.prepare, attempt, fresh)
    if done is None:
        return
    log = attempt_file(attempt.node, attempt.attempt, "setup.log")
    await asyncio.to_thread(runs.artifact, attempt.run, log, done.log.encode("utf-8", "replace"))
    if done.problem is not None:
        await asyncio.to_thread(worktrees.remove, Path(fresh.launch.project), attempt)
        raise ProjectInvalid(
            f"the worktree could not be set up: {done.problem}",
            hint=f"{log} has all of it; mend policy.worktree, or what it names, and run again",
        )
