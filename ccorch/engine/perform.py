"""One attempt of one node, from its worktree and its seat to what it left behind."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ccorch.engine.breakers import BreakerPanel
from ccorch.engine.change import keep, look
from ccorch.engine.glancing import Glances, glancing
from ccorch.engine.ground import base_of, start_of
from ccorch.engine.noticing import noticed
from ccorch.engine.proving import NoCanaries, prove
from ccorch.engine.setting_up import NoSetups, set_up
from ccorch.errors import CcorchError, ProjectInvalid, RunCorrupt
from ccorch.plan.prompts import message_texts
from ccorch.ports import (
    AttemptId,
    Block,
    Canaries,
    Commands,
    Ending,
    Fresh,
    Gateway,
    Profiles,
    Report,
    Runs,
    Setups,
    Workers,
    WorkOrder,
    Worktrees,
)
from ccorch.ports.attempt import attempt_file
from ccorch.ports.results import Results
from ccorch.rules.handing_over import spelled
from ccorch.schema.breaker import ErrorClass
from ccorch.schema.event import Ended, Event, Found, ModelServed, Outcome
from ccorch.schema.handoff import check
from ccorch.schema.plan import Attachment, Plan, PlanNode
from ccorch.schema.run import Launch
from ccorch.verify.hiding import known_values

LONGEST_CLAIM = 40
"""Letters of the status that a handoff claims; those of the contracts are shorter."""


@dataclass(frozen=True)
class Undone:
    """Why work is done again, and the attempts whose findings led to it."""

    reason: str
    found: Mapping[str, int]
    resumes: int | None = None
    """The attempt whose session goes on."""
    says: str = ""
    """What is said to it then; nothing where it was lost."""


@dataclass(frozen=True)
class Assignment:
    """What an attempt is about: the run's plan and launch, the node, and the attempts it builds on."""

    id: AttemptId
    plan: Plan
    node: PlanNode
    launch: Launch
    needs: Mapping[str, int]
    """The attempt of each need whose handoff is shown to the worker."""
    is_stopping: Callable[[], bool]
    undone: Undone | None = None
    """Why it is done again; null the first time."""
    attempt_of: Callable[[str], int] = lambda node: 1
    """The latest attempt of any node."""
    follows: tuple[str, ...] = ()
    """Writers of the same files before it, on whose results it builds, too."""


@dataclass(frozen=True)
class Tools:
    """The plugs that an attempt is made with."""

    workers: Mapping[str, Workers]
    worktrees: Worktrees
    gateway: Gateway
    profiles: Profiles
    runs: Runs
    trying: tuple[Results, Commands] | None = None
    """What gates that verify are judged with; null where none is."""
    now: Callable[[], float] = time.time
    """Seconds since 1970."""
    setups: Setups = field(default_factory=NoSetups)
    canaries: Canaries = field(default_factory=NoCanaries)
    breakers: BreakerPanel = field(default_factory=BreakerPanel)
    """On which profiles nothing starts now."""


async def perform(work: Assignment, tools: Tools, report: Report) -> Ended:
    """See the attempt to its end and tell how it ended; an expected problem is an ending, not an exception."""
    try:
        # who lives already was let in by what was known then
        if not tools.workers[work.plan.doer(work.node.id)].is_live(work.id):
            await prove(work, tools.canaries, report)
        base = await base_of(work, tools.worktrees, tools.runs)
        order = await _order(work, tools, await _place(work, tools, base))
        ending = await _worked(work, tools, order, report, base)
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
        claims=str((ending.handoff or {}).get("status", ""))[:LONGEST_CLAIM],
    )


async def _worked(work: Assignment, tools: Tools, order: WorkOrder, report: Report, base: str | None) -> Ending:
    if work.is_stopping():
        return Ending(outcome="stopped", reason="the run was stopped before the worker started")
    try:
        async with glancing(_glances(work, tools, base, order), report) as told:
            hearing = _hearing(work, tools.breakers, told)
            ending = await tools.workers[work.plan.doer(work.node.id)].perform(order, hearing)
    except CcorchError as problem:
        ending = Ending(outcome="failed", reason=problem.message)
    ending = _classified(work, tools.breakers, _spent(work, tools.gateway, ending))
    if work.node.writes:
        known = _known_values(order)
        ending, patch = await asyncio.to_thread(_kept_change, work, tools, ending, base, known)
        for finding in await asyncio.to_thread(noticed, work.id, work.node, tools.runs, patch, known):
            report(Found(finding=finding))
    elif order.cwd != Path(work.launch.project):
        await asyncio.to_thread(tools.worktrees.remove, Path(work.launch.project), work.id)
    return _handed_over(work, tools.runs, ending)


def _glances(work: Assignment, tools: Tools, base: str | None, order: WorkOrder) -> Glances | None:
    """Looks at the change of a writer, where somebody writes and there is a commit to tell it by."""
    if base is None or not work.node.writes or work.plan.doer(work.node.id) != "claude":
        return None
    known, project = _known_values(order), Path(work.launch.project)
    return Glances(project, work.id, base, work.node.write_scope, tools.worktrees, known)


def _known_values(order: WorkOrder) -> tuple[str, ...]:
    """What must not stand in a change whatever it looks like."""
    return (*order.secrets, *((order.seat.token,) if order.seat else ()), *order.launch.secrets.values())


async def _place(work: Assignment, tools: Tools, base: str | None) -> Path:
    """The project itself for those who read what was planned; else a worktree of what they build on."""
    project, leaves_traces = Path(work.launch.project), work.node.writes or work.node.commands
    if base is None or (base == work.plan.inputs.commit and not leaves_traces):
        return project
    if work.node.writes:
        await asyncio.to_thread(look, project, work.id, tools.worktrees, tools.runs)
    start = start_of(work, tools.runs, base, work.undone is not None)
    place = await asyncio.to_thread(tools.worktrees.create, project, work.id, start)
    if leaves_traces:
        secrets = await asyncio.to_thread(known_values, work.plan, tools.profiles, work.launch)
        is_planned = start == work.plan.inputs.commit
        fresh = Fresh(place, work.node, work.launch, is_planned, work.is_stopping, secrets)
        await set_up(work.id, fresh, tools.setups, tools.worktrees, tools.runs)
    return place


async def _order(work: Assignment, tools: Tools, cwd: Path) -> WorkOrder:
    profile = work.plan.profile(work.node.route.profile)
    seated = work.plan.worker != "simulated" and profile.needs_gateway
    secret = tools.profiles.secret(profile, work.launch) if seated else None
    return WorkOrder(
        id=work.id,
        node=work.node,
        profile=profile,
        launch=work.launch,
        cwd=cwd,
        # who only rehearses or runs commands reads nothing
        blocks=() if work.plan.doer(work.node.id) != "claude" else (*_texts(work, tools.runs), *await _files(work)),
        seat=await tools.gateway.seat(work.id, work.node, work.plan, work.launch, cwd) if seated else None,
        secrets=(secret,) if secret else (),
        route_mismatch=work.plan.limits.route_mismatch,
        output=work.plan.limits.output,
        stall_seconds=work.plan.limits.stall_seconds,
        no_progress_seconds=work.plan.limits.no_progress_seconds,
        environment=work.node.own_variables,
        resumes=work.undone.resumes if work.undone else None,
        says=work.undone.says if work.undone else "",
        label=work.plan.label,
        tokens_limited=work.plan.counts_tokens(work.node),
    )


def _texts(work: Assignment, runs: Runs) -> tuple[Block, ...]:
    handoffs, undone = _handoffs(work, runs, work.needs), work.undone
    found = _handoffs(work, runs, undone.found) if undone else {}
    reason = undone.reason if undone and undone.resumes is None else None
    texts = message_texts(work.plan.task, work.node.task, work.plan.context, handoffs, reason, found)
    return tuple(Block(text=text) for text in texts)


async def _files(work: Assignment) -> tuple[Block, ...]:
    if not work.plan.attachments:
        return ()
    return await asyncio.to_thread(lambda: tuple(_attached(work)))


def _handoffs(work: Assignment, runs: Runs, attempts: Mapping[str, int]) -> dict[str, Any]:
    found = {}
    for need, attempt in attempts.items():
        content = runs.read(work.id.run, attempt_file(need, attempt, "handoff.json"))
        if content is not None:
            found[need] = _parsed(need, content)
    return found


def _parsed(need: str, content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError as problem:
        raise RunCorrupt(f"the handoff of {need} cannot be read: {problem}") from problem


def _attached(work: Assignment) -> Iterator[Block]:
    for attachment in work.plan.attachments:
        is_image = attachment.media_type.startswith("image/")
        if is_image and not work.node.images:
            continue
        content = _content(Path(work.launch.project), attachment)
        if is_image:
            yield Block(media_type=attachment.media_type, content=content)
        else:
            yield Block(text=f"Attached file {attachment.path}:\n{content.decode('utf-8', 'replace')}")


def _content(project: Path, attachment: Attachment) -> bytes:
    """What was planned, byte for byte; the hash says so, wherever a link may lead by now."""
    try:
        content = (project / attachment.path).read_bytes()
    except OSError as problem:
        raise ProjectInvalid(f"attached file {attachment.path!r} cannot be read: {problem.strerror}") from problem
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        raise ProjectInvalid(f"attached file {attachment.path!r} has changed since it was planned")
    return content


def _spent(work: Assignment, gateway: Gateway, ending: Ending) -> Ending:
    """Money is told by the gateway, never by the worker alone."""
    refusal = gateway.refusal(work.id)
    if not refusal or ending.passed:
        return ending
    return replace(ending, outcome="budget_spent", reason=refusal, is_ours=True)


NO_ANSWER: tuple[Outcome, ...] = ("api_error", "auth_failed", "budget_spent", "failed")
"""Endings that a provider's refusal may be behind."""

MEANING: Mapping[ErrorClass, Outcome] = {
    "quota": "quota_spent",
    "overload": "overloaded",
    "auth": "auth_failed",
    "refusal": "declined",
}

WORDS: Mapping[ErrorClass, str] = {
    "quota": "profile {profile} has its quota spent ({said})",
    "overload": "profile {profile} stays overloaded ({said})",
    "refusal": "profile {profile} would not answer this ({said})",
}


def _hearing(work: Assignment, breakers: BreakerPanel, report: Report) -> Report:
    """Tells the breakers that a provider answers again, where no gateway stands between to hear it."""
    profile = work.plan.profile(work.node.route.profile)

    def heard(event: Event) -> None:
        if isinstance(event, ModelServed) and not profile.needs_gateway:
            breakers.answered(profile.key, str(work.id))
        report(event)

    return heard


def _classified(work: Assignment, breakers: BreakerPanel, ending: Ending) -> Ending:
    """What a provider refuses is never a result; which class of error it was, is told by its own answer."""
    if ending.outcome not in NO_ANSWER or ending.is_ours:
        return ending
    profile, attempt = work.plan.profile(work.node.route.profile), str(work.id)
    if ending.trouble is not None:
        breakers.met(profile.key, attempt, ending.trouble)
    trouble = breakers.trouble_of(attempt)
    if trouble is None:
        return ending
    words = WORDS.get(trouble.error)
    said = f"{words.format(profile=profile.name, said=trouble.said)}: {ending.reason}" if words else ending.reason
    return replace(ending, outcome=MEANING[trouble.error], reason=said)


def _kept_change(
    work: Assignment, tools: Tools, ending: Ending, commit: str | None, secrets: tuple[str, ...]
) -> tuple[Ending, bytes | None]:
    """The ending, with the change kept, and its patch; one that cannot be read is unknown: it does not pass."""
    if commit is None or work.plan.worker == "simulated" or ending.outcome == "start_failed":
        return ending, None
    try:
        return ending, keep(Path(work.launch.project), work.id, commit, tools.worktrees, tools.runs, secrets)
    except ProjectInvalid as problem:
        reason = f"the change cannot be read: {problem.message}"
        return replace(ending, outcome="failed", reason=reason), None


def _handed_over(work: Assignment, runs: Runs, ending: Ending) -> Ending:
    contract = work.node.role.handoff
    told = None if ending.handoff is None else spelled(ending.handoff)
    is_none = ending.handoff is not None and told is None
    if is_none:
        ending = replace(ending, handoff=None)
    if contract is not None and ending.outcome == "budget_spent" and told is not None:
        # what it could still say is kept, although the node does not pass
        runs.artifact(work.id.run, attempt_file(work.node.id, work.id.attempt, "handoff.json"), told)
    if contract is None or work.plan.worker == "simulated" or not ending.passed:
        return ending
    if told is None:
        gave = "a handoff that is no plain data" if is_none else f"no {contract} handoff"
        return replace(ending, outcome="no_handoff", reason=f"the worker gave {gave}")
    runs.artifact(work.id.run, attempt_file(work.node.id, work.id.attempt, "handoff.json"), told)
    handoff, problems = check(contract, ending.handoff, work.node.role.name)
    if handoff is None:
        return replace(
            ending, outcome="no_handoff", reason=f"the {contract} handoff is invalid: {'; '.join(problems)}"
        )
    return ending
