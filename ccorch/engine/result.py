"""What a run has written in all: the results of its writers put together, under a ref of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

from ccorch.engine.ground import CHANGE
from ccorch.errors import ProjectInvalid
from ccorch.ports import Runs, Worktrees
from ccorch.rules.progress import fold
from ccorch.schema.base import canonical
from ccorch.schema.plan import Plan

RESULT = "result.json"


def keep_result(run: str, plan: Plan, project: Path, worktrees: Worktrees, runs: Runs) -> None:
    """Put together what the writers that passed have written; where they contradict each other, say so instead."""
    commits = tuple(dict.fromkeys(_commits(run, plan, runs)))
    base = plan.inputs.commit
    if not commits or base is None:
        return
    try:
        commit = worktrees.merged(project, base, commits)
        told = {"base": base, "commit": commit, "ref": worktrees.keep(project, run, commit), "problem": None}
    except ProjectInvalid as problem:
        told = {"base": base, "commit": None, "ref": None, "problem": problem.message}
    runs.artifact(run, RESULT, canonical(told).encode())


def _commits(run: str, plan: Plan, runs: Runs) -> Iterator[str]:
    """The results of the attempts that count, in declared order."""
    state = fold(plan, runs.events(run))
    for node in plan.nodes:
        now = state.nodes[node.id]
        content = runs.read(run, f"nodes/{node.id}/{now.attempt}/{CHANGE}") if node.writes else None
        if content is not None and now.status == "passed":
            yield str(json.loads(content)["commit"])
