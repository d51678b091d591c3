"""What a run has written in all: the results of its writers put together, under a ref of its own."""

from collections.abc import Iterator
from pathlib import Path

from ccorch.engine.ground import change_of
from ccorch.errors import ProjectInvalid, RunCorrupt
from ccorch.ports import Runs, Worktrees
from ccorch.rules.progress import fold
from ccorch.schema.base import canonical
from ccorch.schema.plan import Plan

RESULT = "result.json"


def keep_result(run: str, plan: Plan, project: Path, worktrees: Worktrees, runs: Runs) -> None:
    """Put together what the writers that passed have written; where they contradict each other, say so instead."""
    base = plan.inputs.commit
    if base is None:
        return
    try:
        commits = tuple(dict.fromkeys(_commits(run, plan, runs)))
        if not commits:
            return
        commit = worktrees.merged(project, base, commits)
        told = {"base": base, "commit": commit, "ref": worktrees.keep(project, run, commit), "problem": None}
    except (ProjectInvalid, RunCorrupt) as problem:
        told = {"base": base, "commit": None, "ref": None, "problem": problem.message}
    runs.artifact(run, RESULT, canonical(told).encode())


def _commits(run: str, plan: Plan, runs: Runs) -> Iterator[str]:
    """The results of the attempts that count, in declared order."""
    state = fold(plan, runs.events(run))
    for node in plan.nodes:
        now = state.nodes[node.id]
        change = change_of(runs, run, node.id, now.attempt) if node.writes and now.status == "passed" else None
        if change is not None:
            yield change.commit
