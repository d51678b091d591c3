"""What a run has written in all: the results of its writers put together, under a ref of its own."""

import json
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


def set_aside(run: str, project: Path, worktrees: Worktrees, runs: Runs) -> None:
    """Have what a run had written count for nothing, because work of it is done again; once is enough."""
    content = runs.read(run, RESULT)
    told = json.loads(content) if content else None
    if told is None or (told["ref"] is None and told["commit"] is None):
        return
    try:
        where = worktrees.set_aside(project, run)
    except ProjectInvalid as problem:
        where = problem.message
    said = f"work of it is set back; what it had written lies as stale evidence at {where}"
    runs.artifact(run, RESULT, canonical({**told, "commit": None, "ref": None, "problem": said}).encode())


def _commits(run: str, plan: Plan, runs: Runs) -> Iterator[str]:
    """The results of the attempts that count, in declared order."""
    state = fold(plan, runs.events(run))
    for node in plan.nodes:
        now = state.nodes[node.id]
        change = change_of(runs, run, node.id, now.attempt) if node.writes and now.status == "passed" else None
        if change is not None:
            yield change.commit
