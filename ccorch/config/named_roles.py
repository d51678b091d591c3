"""Roles that are named in a list: each is resolved as `role=NAME` would, all of them or none."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ccorch.config import stack
from ccorch.config.complaints import missing_option
from ccorch.config.interpolation import expressions
from ccorch.config.layers import LayerDir
from ccorch.errors import ConfigInvalid
from ccorch.schema.role import Role

ABOUT_ROLES = ("role", "workflow", "workflow_file", "simulate")
"""Keys that say nothing of a role that is named elsewhere."""


def named(
    layers: Sequence[LayerDir], names: Sequence[str], composed: Callable[[str], Role]
) -> tuple[dict[str, Role], dict[str, str]]:
    """The roles of these names, and for each that there is none of, why; `composed` makes one the long way."""
    roles: dict[str, Role] = {}
    problems: dict[str, str] = {}
    for name, times in Counter(names).items():
        if times > 1:
            problems[name] = f"role {name!r} is named {times} times; once is enough"
        elif not stack.find(layers, f"role/{name}"):
            problems[name] = missing_option(layers, "role", name)
        else:
            try:
                roles[name] = alone(layers, name) or composed(name)
            except ConfigInvalid as problem:
                problems[name] = problem.message
    return roles, problems


def alone(layers: Sequence[LayerDir], name: str) -> Role | None:
    """The role that its file alone says; None where it leans on others, or is wrong and must be explained."""
    document = stack.load(stack.find(layers, f"role/{name}")[0], f"role/{name}")
    data: dict[str, Any] = dict(document.data)
    if document.package is not None or "defaults" in data or any(expressions(data)) or "???" in data.values():
        return None
    try:
        return Role.model_validate(data)
    except ValidationError:
        return None


def without_roles(words: Sequence[str]) -> tuple[str, ...]:
    """The overrides that still count where a role is composed for itself."""
    return tuple(word for word in words if not _is_about_roles(word.lstrip("+").partition("=")[0]))


def without_keys(typed: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The typed choices or values that still count there."""
    return ((key, value) for key, value in typed.items() if not _is_about_roles(key))


def _is_about_roles(key: str) -> bool:
    return key.split(".")[0].split("@")[0] in ABOUT_ROLES
