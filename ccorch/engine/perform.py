"""One attempt of one node, from its worktree and its seat to what it left behind."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ccorch.errors import CcorchError, ProjectInvalid
from ccorch.plan.prompts import message_texts
from ccorch.ports import (
    AttemptId,
    Block,
    Ending,
    Gateway,
    Profiles,
    Report,
    Runs,
    Workers,
    WorkOrder,
    Worktrees,
)
from ccorch.schema.base import canonical
from ccorch.schema.event import Ended
from ccorch.schema.handoff import check
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run import Launch


@dataclass(frozen=True)
class Assignment:
    """What an attempt is about: the run's plan and launch, the node, and the handoffs it builds on."""

    id: AttemptId
    plan: Plan
    node: PlanNode
    launch: Launch
    handoffs: Mapping[str, Any]
    is_stopping: Callable[[], bool]


@dataclass(frozen=True)
class Tools:
    """The plugs that an attempt is made with."""

    workers: Mapping[str, Workers]
    worktrees: Worktrees
    gateway: Gateway
    profiles: Profiles
    runs: Runs
    workspace: Callable[[Path], Path]
    """Workspace root of a project."""


async def perform(work: Assignment, tools: Tools, report: Report) -> Ended:
    """See the attempt to its end and tell how it ended; an expected problem is an ending, not an exception."""
    try:
        ending = await _worked(work, tools, report)
    except CcorchError as problem:
        ending = Ending(outcome="start_failed", reason=f"{problem.message}; {problem.hint}".rstrip("; "))
    # not in a finally: a daemon that lets go leaves the worker its seat
    await tools.gateway.close(work.id)
    return Ended(
        node=work.node.id,
        attempt=work.id.attempt,
        passed=ending.passed,
        outcome=ending.outcome,
        reason=ending.reason,
    )


async def _worked(work: Assignment, tools: Tools, report: Report) -> Ending:
    cwd = await _place(work, tools.worktrees)
    order = await _order(work, tools, cwd)
    if work.is_stopping():
        return Ending(outcome="stopped", reason="the run was stopped before the worker started")
    ending = await tools.workers[work.plan.worker].perform(order, report)
    ending = _spent(work, tools.gateway, ending)
    if work.node.writes:
        ending = await asyncio.to_thread(_kept_change, work, tools, ending)
    return _handed_over(work, tools.runs, ending)


async def _place(work: Assignment, worktrees: Worktrees) -> Path:
    project = Path(work.launch.project)
    if not work.node.writes or work.plan.worker == "simulated":
        return project
    commit = work.plan.inputs.commit
    assert commit is not None, "a plan that writes names its commit"
    return await asyncio.to_thread(worktrees.create, project, work.id, commit)


async def _order(work: Assignment, tools: Tools, cwd: Path) -> WorkOrder:
    simulated = work.plan.worker == "simulated"
    profile = work.plan.profile(work.node.route.profile)
    secret = None if simulated else tools.profiles.secret(profile, work.launch)
    return WorkOrder(
        id=work.id,
        node=work.node,
        profile=profile,
        launch=work.launch,
        cwd=cwd,
        workspace=tools.workspace(Path(work.launch.project)),
        blocks=_blocks(work),
        seat=None if simulated else await tools.gateway.seat(work.id, work.node, work.plan, work.launch, cwd),
        secrets=(secret,) if secret else (),
        route_mismatch=work.plan.limits.route_mismatch,
    )


def _blocks(work: Assignment) -> tuple[Block, ...]:
    texts = message_texts(work.plan.task, work.node.task, work.plan.context, work.handoffs)
    return tuple(Block(text=text) for text in texts) + tuple(_files(work))


def _files(work: Assignment) -> list[Block]:
    blocks = []
    for attachment in work.plan.attachments:
        is_image = attachment.media_type.startswith("image/")
        if is_image and not work.node.images:
            continue
        content = (Path(work.launch.project) / attachment.path).read_bytes()
        if is_image:
            blocks.append(Block(media_type=attachment.media_type, content=content))
        else:
            blocks.append(Block(text=f"Attached file {attachment.path}:\n{content.decode('utf-8', 'replace')}"))
    return blocks


def _spent(work: Assignment, gateway: Gateway, ending: Ending) -> Ending:
    """Money is told by the gateway, never by the worker alone."""
    refusal = gateway.refusal(work.id)
    return replace(ending, outcome="budget_spent", reason=refusal) if refusal and not ending.passed else ending


def _kept_change(work: Assignment, tools: Tools, ending: Ending) -> Ending:
    """The ending, with the change kept; a change that cannot be read is unknown, so the node does not pass."""
    commit = work.plan.inputs.commit
    if commit is None or work.plan.worker == "simulated" or ending.outcome == "start_failed":
        return ending
    try:
        _keep_change(work, tools, commit)
    except ProjectInvalid as problem:
        return replace(ending, outcome="failed", reason=f"the change cannot be read: {problem.message}")
    return ending


def _keep_change(work: Assignment, tools: Tools, commit: str) -> None:
    project = Path(work.launch.project)
    change = tools.worktrees.collect(project, work.id, commit)
    folder = _folder(work)
    tools.runs.artifact(work.id.run, f"{folder}/diff.patch", change.patch)
    about = {"base": commit, "commit": change.commit, "files": list(change.files)}
    tools.runs.artifact(work.id.run, f"{folder}/change.json", canonical(about).encode())
    tools.worktrees.remove(project, work.id)


def _handed_over(work: Assignment, runs: Runs, ending: Ending) -> Ending:
    contract = work.node.role.handoff
    if contract is None or work.plan.worker == "simulated" or not ending.passed:
        return ending
    if ending.handoff is None:
        return replace(ending, outcome="no_handoff", reason=f"the worker gave no {contract} handoff")
    folder = _folder(work)
    runs.artifact(work.id.run, f"{folder}/handoff.json", canonical(ending.handoff).encode())
    handoff, problems = check(contract, ending.handoff, work.node.role.name)
    if handoff is None:
        return replace(
            ending, outcome="no_handoff", reason=f"the {contract} handoff is invalid: {'; '.join(problems)}"
        )
    return ending


def _folder(work: Assignment) -> str:
    return f"nodes/{work.node.id}/{work.id.attempt}"
