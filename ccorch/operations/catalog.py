"""The verbs that tell what can be configured and where a value came from."""

from pathlib import Path
from typing import Any

from ccorch.config.catalog import (
    Catalog,
    GroupInfo,
    copy_option,
    option_text,
)
from ccorch.config.catalog import catalog as everything
from ccorch.config.check import check
from ccorch.config.compose import ComposeRequest, compose
from ccorch.config.explain import Explanation
from ccorch.config.explain import explain as explained
from ccorch.config.layers import LayerDir, layer_dirs
from ccorch.errors import ArgumentInvalid, CcorchError, ConfigInvalid, NotFound
from ccorch.operations.extras import EXTRAS, ceiling_on, extra, profiles_if_any
from ccorch.operations.house import House
from ccorch.rules.findings import DETECTORS
from ccorch.schema.base import Many, Value
from ccorch.schema.config import Origin
from ccorch.schema.knowing import (
    CatalogRequest,
    ConfigCheckRequest,
    ConfigCopyRequest,
    ConfigListRequest,
    ConfigShowRequest,
    ExplainRequest,
)

UNTOLD = "(no task yet)"
"""Stands for the task where a configuration is looked at without one."""

NOBODY = Origin(layer="default", place="nobody yet; every run is given its own with task=…")
"""Where a task comes from that was not given."""


class ConfigListReply(Value):
    """Options by group."""

    groups: Many[GroupInfo]
    """Groups with their options, each with the layer it comes from."""


class ConfigShowReply(Value):
    """An option's text, or the composed configuration."""

    option: str | None
    """GROUP/OPTION that is shown; null for the composed configuration."""
    text: str | None = None
    """The file as it is written."""
    config: Any = None
    """The composed configuration."""


class ConfigCheckReply(Value):
    """What is wrong with authored files; nothing when all is well."""

    ok: bool
    """Whether every file is valid."""
    problems: Many[str] = ()
    """Each problem with its place."""


class ConfigCopyReply(Value):
    """A copied option."""

    path: str
    """The new file."""


class PageReply(Value):
    """The page of a finding or an error."""

    code: str
    """Its code."""
    text: str
    """The page, in Markdown."""


def page(code: str) -> str | None:
    """The page of a code; null where it is none."""
    if code in DETECTORS:
        return DETECTORS[code].page()
    problem = next((kind for kind in CcorchError.__subclasses__() if kind.code == code), None)
    if problem is None:
        return None
    said, hint = " ".join((problem.__doc__ or "").split()), problem.default_hint
    return f"# {code}\n\n{said} Exit status {problem.exit_status}.\n" + (
        f"\n## What to do\n{hint}\n" if hint else ""
    )


def catalog(house: House, request: CatalogRequest) -> Catalog:
    """Groups, options and keys; with a path only what lies below it, with a query only what speaks of it."""
    found = _at(house, request)
    return _about(found, request.query.casefold()) if request.query else found


def _about(found: Catalog, text: str) -> Catalog:
    """What speaks of the text."""
    groups = []
    for group in found.groups:
        options = tuple(one for one in group.options if text in f"{one.name} {one.summary}".casefold())
        if options or text in group.name:
            groups.append(group.model_copy(update={"options": options}))
    keys = tuple(key for key in found.keys if text in f"{key.key} {key.doc}".casefold())
    return Catalog(groups=tuple(groups), keys=keys)


def _at(house: House, request: CatalogRequest) -> Catalog:
    found = everything(_layers(house, None))
    if not request.path:
        return found.model_copy(update={"groups": (*found.groups, *profiles_if_any(house))})
    if request.path == "keys":
        return Catalog(groups=(), keys=found.keys)
    if (told := extra(house, request.path)) is not None:
        return Catalog(groups=(told,), keys=_below(found, request.path))
    groups = tuple(group for group in found.groups if group.name == request.path)
    keys = _below(found, request.path)
    if not groups and not keys:
        names = ", ".join(group.name for group in found.groups)
        raise NotFound(
            f"no group or key {request.path!r}",
            hint=f"groups: {names}, {', '.join(EXTRAS)}; `ccorch catalog keys` lists all keys",
        )
    return Catalog(groups=groups, keys=keys)


def explain(house: House, request: ExplainRequest) -> Explanation | PageReply:
    """A key's value, origin and meaning; of a finding's or an error's code, its page."""
    for code in (request.key, request.key.lower(), request.key.upper()):
        if (told := page(code)) is not None:
            return PageReply(code=code, text=told)
    found = explained(compose(_request(house, request.overrides, request.config_dir)), request.key)
    if found.value == UNTOLD:
        found = found.model_copy(update={"value": None, "origin": NOBODY})
    return found.model_copy(update={"ceiling": ceiling_on(house, found.key, found.value)})


def config_list(house: House, request: ConfigListRequest) -> ConfigListReply:
    """Options and the layers they come from."""
    groups = everything(_layers(house, None)).groups
    if request.group is not None:
        names = ", ".join(group.name for group in groups)
        groups = tuple(group for group in groups if group.name == request.group)
        if not groups:
            raise NotFound(f"no group {request.group!r}", hint=f"groups: {names}")
    return ConfigListReply(groups=groups)


def config_show(house: House, request: ConfigShowRequest) -> ConfigShowReply:
    """An option's file, or everything composed."""
    overrides = request.overrides
    if request.option is not None and "=" in request.option:
        overrides = (request.option, *overrides)
    elif request.option is not None:
        group, name = _option(request.option)
        return ConfigShowReply(
            option=request.option, text=option_text(_layers(house, request.config_dir), group, name)
        )
    data = dict(compose(_request(house, overrides, request.config_dir)).data)
    if data.get("task") == UNTOLD:
        del data["task"]
    return ConfigShowReply(option=None, config=data)


def config_check(house: House, request: ConfigCheckRequest) -> ConfigCheckReply:
    """Every problem of every authored file; raises ConfigInvalid so that scripts can gate on it."""
    problems = check(house.project, user_dir=house.user_config)
    if problems:
        raise ConfigInvalid(
            f"{len(problems)} problem(s) in authored files", problems=problems, hint="mend the places named"
        )
    return ConfigCheckReply(ok=True)


def config_copy(house: House, request: ConfigCopyRequest) -> ConfigCopyReply:
    """Copy an option into the project's own layer."""
    group, name = _option(request.option)
    path = copy_option(_layers(house, None), group, name, house.project, request.name or "")
    return ConfigCopyReply(path=str(path))


def _request(house: House, overrides: tuple[str, ...], config_dir: str | None) -> ComposeRequest:
    return ComposeRequest(
        project=house.project,
        overrides=overrides,
        config_dir=Path(config_dir) if config_dir else None,
        task=None if any(word.startswith("task=") for word in overrides) else UNTOLD,
        user_dir=house.user_config,
        cache_dir=house.cache,
    )


def _layers(house: House, config_dir: str | None) -> tuple[LayerDir, ...]:
    return layer_dirs(house.project, Path(config_dir) if config_dir else None, house.user_config)


def _option(text: str) -> tuple[str, str]:
    group, slash, name = text.partition("/")
    if not slash or not name:
        raise ArgumentInvalid(
            f"{text!r} is not GROUP/OPTION", hint="such as role/review; `ccorch config ls` lists them"
        )
    return group, name


def _below(found: Catalog, path: str) -> Any:
    return tuple(key for key in found.keys if key.key == path or key.key.startswith(f"{path}."))
