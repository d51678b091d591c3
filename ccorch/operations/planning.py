"""From what a caller asked to a plan: configuration, ceilings and facts about the project."""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccorch.config.compose import Composed, ComposeRequest, compose, lanes
from ccorch.config.owner import CEILING
from ccorch.errors import (
    ArgumentInvalid,
    CeilingExceeded,
    NotFound,
    PlatformUnsupported,
    ProfileUnusable,
    ProjectInvalid,
)
from ccorch.operations.house import House
from ccorch.operations.which import checked_project
from ccorch.plan.build import Facts, Lane, build
from ccorch.rules.ceilings import breaches
from ccorch.rules.passing import PASSED
from ccorch.schema.config import RunConfig
from ccorch.schema.plan import Attachment, Cli, Plan
from ccorch.schema.route import Route
from ccorch.schema.run import Launch
from ccorch.schema.verbs import Asked

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
    composed: tuple[Composed, ...]


def prepare(
    house: House,
    asked: Asked,
    task: str | None,
    config_dir: str | None,
    routes: Mapping[str, Route] | None = None,
) -> Prepared:
    """The plan for what was asked, with the routes of an earlier plan if given; starts and writes nothing."""
    project = checked_project(house.project)
    composed = tuple(composed_lanes(house, asked, task, config_dir))
    ceiling = house.ceiling()
    for one in composed:
        _check_ceiling(house, one, breaches(one.config, ceiling, house.by))
    config = composed[0].config
    claude, cli = _binary(house, config)
    facts = Facts(
        profiles=house.profiles.all(config.profiles),
        prices=house.profiles.prices(config.profiles),
        ceiling=ceiling,
        cli=cli,
        commit=house.worktrees.commit(project),
        dirty=house.worktrees.dirty(project),
        attachments=tuple(_attachment(project, name) for name in config.attach),
        script=config.script or DEFAULT_SCRIPT,
        script_sha256=hashlib.sha256(script_file(house, config.script or DEFAULT_SCRIPT).read_bytes()).hexdigest(),
    )
    plan = _built(house, asked, _named_lanes(asked, composed), facts, routes)
    _check_writers(plan, project)
    return Prepared(
        plan, {"lanes": [one.data for one in composed]}, _launch(house, config, plan, project, claude), composed
    )


def composed_lanes(house: House, asked: Asked, task: str | None, config_dir: str | None) -> list[Composed]:
    """One composition per lane; a single one without a sweep."""
    branches = lanes(asked.overrides) if asked.multirun else [asked.overrides]
    typed = {"groups": asked.overlay.groups, "set": asked.overlay.set}
    return [
        compose(
            ComposeRequest(
                overrides=tuple(branch),
                project=house.project,
                config_dir=Path(config_dir) if config_dir else None,
                task=task,
                user_dir=house.user_config,
                typed=typed if typed["groups"] or typed["set"] else None,
                cache_dir=house.cache,
            )
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
    house: House, asked: Asked, branches: tuple[Lane, ...], facts: Facts, routes: Mapping[str, Route] | None
) -> Plan:
    try:
        return build(asked, branches, facts, routes)
    except ProfileUnusable as problem:
        if any(profile.source != "scripted" and not profile.unusable for profile in facts.profiles):
            raise
        raise ProfileUnusable(problem.message, hint=_ways(house), **problem.facts) from None


def _ways(house: House) -> str:
    """How to get a profile where there is none."""
    return (
        "three ways: export ANTHROPIC_AUTH_TOKEN or ANTHROPIC_API_KEY (profile=env); describe an endpoint under "
        f"profiles.native in {house.user_config / 'config.yaml'} (`ccorch catalog profiles` shows how); "
        "or profile=scripted, which needs no account"
    )


def _named_lanes(asked: Asked, composed: tuple[Composed, ...]) -> tuple[Lane, ...]:
    if len(composed) == 1:
        return (Lane(None, composed[0].config, composed[0].data),)
    return tuple(Lane(name, one.config, one.data) for name, one in zip(_lane_names(asked), composed, strict=True))


def _lane_names(asked: Asked) -> list[str]:
    """The swept options of each lane, joined: what tells it from the others."""
    branches = [dict(item.split("=", 1) for item in branch if "=" in item) for branch in lanes(asked.overrides)]
    keys = [key for key in branches[0] if len({branch.get(key) for branch in branches}) > 1]
    return ["-".join(branch[key].lower() for key in keys) for branch in branches]


def _check_ceiling(house: House, composed: Composed, above: tuple[Any, ...]) -> None:
    if above:
        said = [f"{breach} (set by {composed.origins.lookup(breach.key).place})" for breach in above]
        raise CeilingExceeded(
            "; ".join(said),
            hint=f"lower the value, or let the owner raise it in {house.user_config / CEILING}",
            keys=[breach.key for breach in above],
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


def _check_writers(plan: Plan, project: Path) -> None:
    writers = [node.id for node in plan.nodes if node.writes]
    if writers and plan.inputs.commit is None:
        raise ProjectInvalid(
            f"{', '.join(writers)} would write, but {str(project)!r} has no git commit to make a worktree of",
            hint="commit something first (`git init && git commit`), or run with policy.write=false",
        )


def _launch(house: House, config: RunConfig, plan: Plan, project: Path, claude: str | None) -> Launch:
    return Launch(
        project=str(project),
        claude=claude,
        script=str(script_file(house, plan.script)) if plan.script else None,
        environment=_some(house.environment, tuple(PASSED)),
        idle_exit_seconds=config.engine.idle_exit_seconds,
        secrets=_some(
            house.environment,
            tuple(p.secret.env for p in plan.profiles if p.secret is not None and p.secret.env is not None),
        ),
    )


def _some(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: environment[name] for name in names if name in environment}
