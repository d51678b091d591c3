"""From what a caller asked to a plan: configuration, ceilings and facts about the project."""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ccorch.config.compose import Composed, ComposeRequest, compose, drafted, lanes
from ccorch.config.filed import Filed
from ccorch.config.owner import CEILING
from ccorch.errors import (
    ArgumentInvalid,
    CeilingExceeded,
    ConfigForbidden,
    NotFound,
    PlatformUnsupported,
    ProfileUnusable,
    ProjectInvalid,
    SandboxUnavailable,
)
from ccorch.operations.house import House
from ccorch.operations.sources import with_sources
from ccorch.operations.ways import advice, notes
from ccorch.operations.which import checked_project
from ccorch.plan.build import build
from ccorch.plan.facts import Facts
from ccorch.plan.lane import Lane
from ccorch.ports import Carried, Head
from ccorch.ports.results import SNAPSHOT
from ccorch.rules.amounts import some
from ccorch.rules.ceilings import breaches
from ccorch.rules.passing import PASSED
from ccorch.rules.unread import unread_part
from ccorch.schema.asked import Asked
from ccorch.schema.config import RunConfig
from ccorch.schema.plan import Attachment, Cli, Plan
from ccorch.schema.route import Route
from ccorch.schema.run import Launch

ATTACHMENT_LIMIT = 5 * 1024 * 1024
"""Longest attached file in bytes."""

DEFAULT_SCRIPT = "default"
"""Script that the scripted model plays when none is named."""

SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


@dataclass(frozen=True)
class Prepared:
    """A plan and what belongs to it on this machine."""

    plan: Plan
    config: dict[str, Any]
    launch: Launch
    """The caller's side, without credentials; `launch_of` adds them."""
    composed: tuple[Composed, ...]


def prepare(
    house: House,
    asked: Asked,
    task: str | None,
    config_dir: str | None,
    routes: Mapping[str, Route] | None = None,
    file: Path | None = None,
) -> Prepared:
    """The plan for what was asked, with the routes of an earlier plan if given; starts and writes nothing.

    `file` is where the plan is kept: in the project it would be uncommitted work that changes what is planned.
    """
    project = checked_project(house.project)
    filed = tuple(with_sources(house, one) for one in filed_lanes(house, asked, task, config_dir))
    composed = tuple(one.composed for one in filed)
    ceiling = house.ceiling()
    for one in composed:
        _check_ceiling(house, one, breaches(one.config, ceiling, house.by))
    config = composed[0].config
    claude, cli = _binary(house, config)
    head = house.worktrees.head(project, file)
    script = script_file(house, config.script or DEFAULT_SCRIPT)
    if script.parent not in house.scripts:  # those that come with ccorch are in order
        house.read_script(script)
    facts = Facts(
        profiles=house.profiles.all(config.profiles),
        prices=house.profiles.prices(config.profiles),
        ceiling=ceiling,
        experience=house.records.experience(),
        cli=cli,
        commit=_start(house, project, config, head),
        dirty=head.dirty,
        attachments=tuple(_attachment(project, name) for name in config.attach),
        script=config.script or DEFAULT_SCRIPT,
        script_sha256=hashlib.sha256(script.read_bytes()).hexdigest(),
    )
    plan = _built(house, asked, config, _named_lanes(asked, filed), facts, routes)
    _check_writers(plan, project, config)
    _check_readers(plan, project)
    check_sandbox(house, plan)
    return Prepared(
        plan,
        {"lanes": [one.data for one in composed]},
        _launch(house, config, plan, project, claude),
        composed,
    )


def launch_of(house: House, prepared: Prepared) -> Launch:
    """The caller's side of a run, with what only the caller can find out; raises ProfileUnusable."""
    if prepared.plan.worker == "simulated":
        return prepared.launch
    carried = house.profiles.carried(prepared.plan.profiles)
    more = {"secrets": dict(carried.secrets), "logins": dict(carried.logins)}
    return prepared.launch.model_copy(update=more)


def relaunch(house: House, plan: Plan, project: Path, configured: str | None) -> Launch:
    """The caller's side of a plan that ran before, as it is today, with the Claude Code that is there now.

    Raises ClaudeUnusable where there is none that can be used.
    """
    claude = cli = None
    if plan.worker != "simulated":
        path, found = house.binaries.find(configured)
        claude, cli = str(path), found if found != plan.inputs.cli else None
    carried = house.profiles.carried(plan.profiles) if claude else Carried()
    return Launch(
        project=str(project),
        claude=claude,
        script=str(script_file(house, plan.script)) if plan.script else None,
        environment=_some(house.environment, (*PASSED, *_passes(plan))),
        secrets=dict(carried.secrets),
        logins=dict(carried.logins),
        cli=cli,
    )


def composed_lanes(house: House, asked: Asked, task: str | None, config_dir: str | None) -> list[Composed]:
    """One composition per lane; a single one without a sweep."""
    return [compose(request) for request in _requests(house, asked, task, config_dir)]


def filed_lanes(house: House, asked: Asked, task: str | None, config_dir: str | None) -> tuple[Filed, ...]:
    """The same, each with the workflow of its file where it names one, and with those that its nodes name."""
    return tuple(map(_filed, _requests(house, asked, task, config_dir)))


def _filed(request: ComposeRequest) -> Filed:
    found = drafted(request)
    if found.config.workflow_file is None and not any(node.workflow for node in found.config.workflow.nodes):
        return Filed(found, found.strange)
    from ccorch.config.parts import with_parts
    from ccorch.config.workflow_file import with_file

    return with_parts(request, with_file(request, found))


def _requests(house: House, asked: Asked, task: str | None, config_dir: str | None) -> list[ComposeRequest]:
    branches = lanes(asked.overrides) if asked.multirun else [asked.overrides]
    typed = {"groups": asked.overlay.groups, "set": asked.overlay.set}
    return [
        ComposeRequest(
            overrides=tuple(branch),
            project=house.project,
            config_dir=Path(config_dir) if config_dir else None,
            task=task,
            user_dir=house.user_config,
            typed=typed if typed["groups"] or typed["set"] else None,
            cache_dir=house.cache,
            meanwhile=None if "worker=simulated" in branch else lambda: house.binaries.expect(),
        )
        for branch in branches
    ]


def script_file(house: House, script: str) -> Path:
    """The file of a script: a path as it stands, or a bundled name."""
    looked = [Path(script), house.project / script, *(folder / f"{script}.yaml" for folder in house.scripts)]
    for path in looked:
        if path.is_file():
            return path.resolve()
    known = sorted(path.stem for folder in house.scripts for path in folder.glob("*.yaml"))
    raise NotFound(f"no script {script!r}", hint=f"name a YAML file, or one of: {', '.join(known)}")


def _built(
    house: House,
    asked: Asked,
    config: RunConfig,
    branches: tuple[Lane, ...],
    facts: Facts,
    routes: Mapping[str, Route] | None,
) -> Plan:
    try:
        return build(asked, branches, facts, routes)
    except ProfileUnusable as problem:
        # a source that cannot be read may hold the very profile that is missing
        told = "; ".join((problem.message, *notes(house, config)))
        # who misses one thing of a profile that is there need not hear how to get another
        hint = None if "unusable" in problem.facts else advice(house, facts.profiles)
        raise ProfileUnusable(told, hint=hint or problem.hint, **problem.facts) from None


def _named_lanes(asked: Asked, filed: tuple[Filed, ...]) -> tuple[Lane, ...]:
    if len(filed) == 1:
        return (_lane(None, filed[0]),)
    return tuple(_lane(name, one) for name, one in zip(_lane_names(asked), filed, strict=True))


def _lane(name: str | None, filed: Filed) -> Lane:
    one = filed.composed
    return Lane(name, one.config, one.data, filed.place, filed.flat, filed.problems)


def _lane_names(asked: Asked) -> list[str]:
    """The swept options of each lane, joined: what tells it from the others."""
    branches = [dict(item.split("=", 1) for item in branch if "=" in item) for branch in lanes(asked.overrides)]
    keys = [key for key in branches[0] if len({branch.get(key) for branch in branches}) > 1]
    return ["-".join(branch[key].lower() for key in keys) for branch in branches]


def _check_ceiling(house: House, composed: Composed, above: tuple[Any, ...]) -> None:
    if above:
        mend = "; ".join(dict.fromkeys(breach.mend for breach in above))
        said = [f"{breach} (set by {composed.origins.lookup(breach.key).place})" for breach in above]
        # to a client its owner's ceiling is one more thing that it may not set
        kind = ConfigForbidden if house.by == "mcp" else CeilingExceeded
        raise kind(
            "; ".join(said),
            hint=f"{mend} in {house.user_config / CEILING}",
            keys=[breach.key for breach in above],
            breaches=[asdict(breach) for breach in above],
        )


def _binary(house: House, config: RunConfig) -> tuple[str | None, Cli | None]:
    if config.worker == "simulated":
        return None, None
    if sys.platform != "linux":
        raise PlatformUnsupported(f"workers run on Linux and WSL2 only, this is {sys.platform}")
    path, cli = house.binaries.find(config.claude)
    return str(path), cli


def _attachment(project: Path, name: str) -> Attachment:
    path = (project / name).resolve()
    if not path.is_relative_to(project):
        raise ArgumentInvalid(f"attach: {name!r} lies outside the project")
    if not path.is_file():
        raise ArgumentInvalid(f"attach: {name!r} is not a file of the project")
    if path.stat().st_size > ATTACHMENT_LIMIT:
        raise ArgumentInvalid(f"attach: {name!r} is larger than {ATTACHMENT_LIMIT} bytes")
    content = path.read_bytes()
    return Attachment(
        path=name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content), media_type=_media_type(content)
    )


def _media_type(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in SIGNATURES.items() if content.startswith(mark)), "text/plain")


def _start(house: House, project: Path, config: RunConfig, head: Head) -> str | None:
    """The commit that workers start from; no ref leads to a snapshot before the run is submitted."""
    if config.policy.write and config.policy.dirty == "snapshot":
        return house.worktrees.snapshot(project)
    return head.commit


def keep_start(house: House, prepared: Prepared, run: str) -> None:
    """Have a ref of the run hold what it starts from, where no branch does."""
    policy, start = prepared.composed[0].config.policy, prepared.plan.inputs.commit
    if policy.write and policy.dirty == "snapshot" and start is not None:
        house.results.keep(Path(prepared.launch.project), run, SNAPSHOT, start)


def _check_writers(plan: Plan, project: Path, config: RunConfig) -> None:
    writers = [node.id for node in plan.nodes if node.writes or node.commands]
    if writers and plan.inputs.commit is None:
        raise ProjectInvalid(
            f"{', '.join(writers)} would need a worktree, but {str(project)!r} has no git commit to make one of",
            hint="commit something first (`git init && git commit`), or run with policy.write=false",
        )
    if plan.inputs.dirty and config.policy.dirty == "refuse" and any(node.writes for node in plan.nodes):
        raise ProjectInvalid(
            f"{str(project)!r} has uncommitted work, which writers would not see (policy.dirty=refuse)",
            hint="commit or stash it, or run with policy.dirty=snapshot",
        )


def _check_readers(plan: Plan, project: Path) -> None:
    """Refuse a project in which workers could read nothing; writers have a worktree elsewhere."""
    part = unread_part(str(project)) if plan.worker != "simulated" else None
    here = [node.id for node in plan.nodes if node.role.tools and not node.writes and not node.commands]
    if part is not None and here:
        raise ProjectInvalid(
            f"Claude Code reads nothing below a folder that is named like {part!r}, "
            f"and {some(here)} would work in {str(project)!r}",
            hint="rename it or work in a clone; no name may end in a blank or a dot, nor hold ~ and a digit",
        )


def check_sandbox(house: House, plan: Plan) -> None:
    """Refuse what is to run in a sandbox where there is none."""
    if plan.worker == "simulated" or not any(node.sandbox == "required" for node in plan.nodes):
        return
    if missing := house.binaries.missing_for_sandbox():
        raise SandboxUnavailable(
            f"policy.sandbox=required, but {' and '.join(missing)} cannot be found in the PATH",
            missing=list(missing),
        )


def _launch(house: House, config: RunConfig, plan: Plan, project: Path, claude: str | None) -> Launch:
    return Launch(
        project=str(project),
        claude=claude,
        script=str(script_file(house, plan.script)) if plan.script else None,
        environment=_some(house.environment, (*PASSED, *_passes(plan))),
        idle_exit_seconds=config.engine.idle_exit_seconds,
    )


def _passes(plan: Plan) -> set[str]:
    return {name for profile in plan.profiles for name in profile.passes}


def _some(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: environment[name] for name in names if name in environment}
