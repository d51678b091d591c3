"""A fresh worktree is set up before anybody works in it; what cannot be set up is told and taken away."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from ccorch.engine.ground import Work
from ccorch.errors import ProjectInvalid
from ccorch.ports import Fresh, Runs, SetUp, Setups, Worktrees

LOG = "setup.log"


class NoSetups:
    """Answers the Setups port where worktrees are used as git makes them."""

    def prepare(self, attempt: object, fresh: Fresh) -> None:
        """Do nothing."""

    def furnish(self, fresh: Fresh) -> SetUp:
        """Do nothing."""
        return SetUp("")


async def set_up(
    work: Work, place: Path, start: str, setups: Setups, worktrees: Worktrees, runs: Runs, stops: Callable[[], bool]
) -> None:
    """Set the attempt's worktree up; raises ProjectInvalid with what went wrong, and leaves no worktree then."""
    fresh = Fresh(place, work.node, work.launch, start == work.plan.inputs.commit, stops)
    done = await asyncio.to_thread(setups.prepare, work.id, fresh)
    if done is None:
        return
    log = f"nodes/{work.node.id}/{work.id.attempt}/{LOG}"
    await asyncio.to_thread(runs.artifact, work.id.run, log, done.log.encode("utf-8", "replace"))
    if done.problem is not None:
        await asyncio.to_thread(worktrees.remove, Path(work.launch.project), work.id)
        raise ProjectInvalid(
            f"the worktree could not be set up: {done.problem}",
            hint=f"{log} has all of it; mend policy.worktree, or what it names, and run again",
        )
