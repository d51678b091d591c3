"""The commit that an attempt stands on: what all before it have written, put together."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from ccorch.errors import RunCorrupt
from ccorch.ports import AttemptId, Runs, Worktrees
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run import Launch

CHANGE = "change.json"


class Work(Protocol):
    """What is asked of an attempt."""

    @property
    def id(self) -> AttemptId: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def node(self) -> PlanNode: ...
    @property
    def launch(self) -> Launch: ...
    @property
    def follows(self) -> tuple[str, ...]: ...
    def attempt_of(self, node: str, /) -> int:
        """The latest attempt of a node."""
        ...


async def base_of(work: Work, worktrees: Worktrees, runs: Runs) -> str | None:
    """The commit against which a node's change is measured; None without git, and where nothing is touched."""
    commit = work.plan.inputs.commit
    if commit is None or work.plan.worker == "simulated":
        return None
    results = tuple(dict.fromkeys(_results(work, runs)))
    if not results:
        return commit
    return await asyncio.to_thread(worktrees.merged, Path(work.launch.project), commit, results)


def start_of(work: Work, runs: Runs, base: str, is_done_again: bool) -> str:
    """The commit that is checked out: work that is done again goes on from what it had written on the same base."""
    earlier = _change(runs, work.id.run, work.node.id, work.id.attempt - 1) if is_done_again else None
    return str(earlier["commit"]) if earlier and work.node.writes and earlier["base"] == base else base


def _results(work: Work, runs: Runs) -> Iterator[str]:
    """The commits of the nearest writers before a node, by way of those that only read or judge."""
    vertices = {vertex.id: vertex for vertex in work.plan.vertices}
    seen, waiting = set[str](), list(reversed((*work.node.needs, *work.follows)))
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        vertex = vertices[name]
        if isinstance(vertex, PlanNode) and vertex.writes:
            change = _change(runs, work.id.run, name, work.attempt_of(name))
            if change is not None:
                yield str(change["commit"])
                continue
        waiting.extend(reversed(vertex.needs))


def _change(runs: Runs, run: str, node: str, attempt: int) -> Mapping[str, Any] | None:
    """What an attempt changed; None when it changed nothing that was kept."""
    content = runs.read(run, f"nodes/{node}/{attempt}/{CHANGE}") if attempt > 0 else None
    if content is None:
        return None
    try:
        data: Mapping[str, Any] = json.loads(content)
    except ValueError as problem:
        raise RunCorrupt(f"the change of {node} cannot be read: {problem}") from problem
    return data
