"""The commit that an attempt stands on: what all before it have written, put together."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from ccorch.errors import RunCorrupt
from ccorch.ports import AttemptId, Runs, Worktrees
from ccorch.ports.attempt import attempt_file
from ccorch.schema.change import ChangeRecord
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run import Launch

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


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
    earlier = change_of(runs, work.id.run, work.node.id, work.id.attempt - 1) if is_done_again else None
    return earlier.commit if earlier and work.node.writes and earlier.base == base else base


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
            change = change_of(runs, work.id.run, name, work.attempt_of(name))
            if change is not None:
                yield change.commit
                continue
        waiting.extend(reversed(vertex.needs))


def change_of(runs: Runs, run: str, node: str, attempt: int) -> ChangeRecord | None:
    """What an attempt changed; None when it changed nothing that was kept. Raises RunCorrupt with the path."""
    path = attempt_file(node, attempt, "change.json")
    content = runs.read(run, path) if attempt > 0 else None
    if content is None:
        return None
    try:
        record = ChangeRecord.model_validate_json(content)
    except ValidationError as problem:
        raise RunCorrupt(f"{path} of run {run} is no record of a change", path=path) from problem
    if not _COMMIT.fullmatch(record.commit):
        raise RunCorrupt(f"{path} of run {run} names no commit: {record.commit[:80]!r}", path=path)
    return record
