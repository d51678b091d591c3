"""What can be chosen or known besides config groups: profiles, scripts, handoff contracts, the owner's ceiling."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from ccorch.config.catalog import GroupInfo, OptionInfo
from ccorch.config.compose import ComposeRequest, compose
from ccorch.config.document import summary
from ccorch.config.owner import CEILING
from ccorch.errors import CcorchError
from ccorch.operations.house import House
from ccorch.schema.base import field_docs
from ccorch.schema.ceiling import Ceiling

CEILINGS = {
    "cost.usd_per_run": "usd_per_run",
    "policy.max_concurrent": "max_concurrent",
    "policy.timeout_seconds": "timeout_seconds",
    "policy.max_turns": "max_turns",
    "policy.sandbox": "sandbox",
}
"""The ceiling that stands above a key of the configuration."""

NATIVE = "profiles.native.NAME: {base_url, auth: {env: VARIABLE}, models: {balanced: ID}}"
"""How an endpoint is described in the user's own configuration."""


def extra(house: House, name: str) -> GroupInfo | None:
    """One of the groups that are no config group; None when there is none of that name."""
    tell = EXTRAS.get(name)
    return None if tell is None else tell(house)


def names(house: House, key: str) -> tuple[str, ...]:
    """What `profile=` or `script=` can be."""
    group = _scripts(house) if key == "script" else profiles(house)
    return tuple(option.name for option in group.options if option.layer != "user")


def profiles(house: House) -> GroupInfo:
    """Profiles by name, with the reason where one cannot be used."""
    request = ComposeRequest(house.project, task="-", user_dir=house.user_config, cache_dir=house.cache)
    options = [
        OptionInfo(
            name=profile.name,
            summary=_usable(profile.unusable) or f"{profile.source}: {_models(profile.models.model_dump())}",
            layer="default",
            place=profile.source,
        )
        for profile in house.profiles.all(compose(request).config.profiles)
    ]
    own = OptionInfo(
        name="(your own)",
        summary=f"write {NATIVE} into {house.user_config / 'config.yaml'}",
        layer="user",
        place=str(house.user_config / "config.yaml"),
    )
    return GroupInfo(name="profile", folder="", options=(*options, own))


def profiles_if_any(house: House) -> tuple[GroupInfo, ...]:
    """The same, and nothing where the configuration cannot be composed: it is listed to be mended."""
    try:
        return (profiles(house),)
    except CcorchError:
        return ()


def ceiling_on(house: House, key: str, value: Any) -> str | None:
    """What the owner's ceiling says of a key; None where no ceiling stands above it."""
    if key not in CEILINGS:
        return None
    allowed = getattr(house.ceiling(), CEILINGS[key])
    place = f"{CEILINGS[key]} in {house.user_config / CEILING}"
    if allowed is None:
        return f"none ({place})"
    if key == "policy.sandbox":
        return f"at least {allowed} where writing is on ({place})"
    return (
        f"{allowed} holds, because the value is null ({place})" if value is None else f"at most {allowed} ({place})"
    )


def _scripts(house: House) -> GroupInfo:
    files = {path.stem: path for folder in reversed(house.scripts) for path in sorted(folder.glob("*.yaml"))}
    options = (
        OptionInfo(name=name, summary=summary(path.read_text(encoding="utf-8")), layer="packaged", place=str(path))
        for name, path in sorted(files.items())
    )
    return GroupInfo(name="script", folder="scripts", options=tuple(options))


def _handoffs(house: House) -> GroupInfo:
    from ccorch.schema.handoff import CONTRACTS

    options = (
        OptionInfo(
            name=name,
            summary=f"{' '.join((kind.__doc__ or '').split())} Fields: {', '.join(kind.model_fields)}",
            layer="packaged",
            place=f"role.handoff={name}",
        )
        for name, kind in CONTRACTS.items()
    )
    return GroupInfo(name="handoff", folder="", options=tuple(options))


def _ceiling(house: House) -> GroupInfo:
    return GroupInfo(name="ceiling", folder="", options=tuple(_ceilings(house)))


def _ceilings(house: House) -> Iterator[OptionInfo]:
    place, docs, now = house.user_config / CEILING, field_docs(Ceiling), house.ceiling()
    for name, field in Ceiling.model_fields.items():
        value = getattr(now, name)
        of_file = value != field.default
        default = f" (default {json.dumps(field.default)})" if of_file else ""
        yield OptionInfo(
            name=name,
            summary=f"{json.dumps(value)}{default}: {docs[name]}",
            layer="user" if of_file else "default",
            place=str(place),
        )


def _usable(reason: str | None) -> str:
    return f"not usable: {reason}" if reason else ""


def _models(models: dict[str, str | None]) -> str:
    return ", ".join(f"{tier} {name}" for tier, name in models.items() if name) or "no model named"


EXTRAS: dict[str, Callable[[House], GroupInfo]] = {
    "profiles": profiles,
    "scripts": _scripts,
    "handoffs": _handoffs,
    "ceiling": _ceiling,
}
"""Groups that are no config group, by the word that `catalog` takes."""
