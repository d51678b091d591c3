"""Layers, overrides and the task become one checked `RunConfig` that knows where each value came from."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccorch.config import overrides as typed_words
from ccorch.config.cache import Bases
from ccorch.config.composition import Base, Choices
from ccorch.config.document import Path as KeyPath
from ccorch.config.interpolation import assign, expressions, get, plain_copy, resolve
from ccorch.config.layers import LayerDir, layer_dirs
from ccorch.config.named_roles import named, without_keys, without_roles
from ccorch.config.overrides import Assignment, Overrides, invalid
from ccorch.config.private import word
from ccorch.config.problems import dotted, sentences, set_by
from ccorch.config.provenance import Origins
from ccorch.config.remainder import remainder
from ccorch.config.stack import is_option
from ccorch.errors import ConfigForbidden
from ccorch.rules.strictness import weaker
from ccorch.schema.base import Value
from ccorch.schema.checks import Checks
from ccorch.schema.config import RunConfig, Selection
from ccorch.schema.role import Role

ROLES: KeyPath = ("workflow", "roles")
CHECKING = ("checks", "experiment")
"""Groups whose options say how strict the checks are."""

Named = tuple[dict[str, Role], dict[str, str]]
"""Roles by name, and for each name that there is no role of, why."""

ByName = Callable[[Sequence[str], Sequence[LayerDir]], Named]
"""Finds roles by their names."""


@dataclass(frozen=True)
class ComposeRequest:
    """What is to be composed; the task is carried beside the overrides, byte for byte."""

    project: Path
    overrides: tuple[str, ...] = ()
    config_dir: Path | None = None
    task: str | None = None
    user_dir: Path | None = None
    typed: Mapping[str, Any] | None = field(default=None, hash=False)
    cache_dir: Path | None = None
    meanwhile: Callable[[], None] | None = field(default=None, hash=False, compare=False)
    """Called where nothing is kept and Hydra has to be asked, which leaves time for something else."""


@dataclass(frozen=True)
class Composed:
    """The checked config, the same as plain data, and where it came from."""

    config: RunConfig
    held: Mapping[str, Any]
    """The data; what nobody set is shared with other compositions, so it is only read."""
    origins: Origins
    selections: tuple[Selection, ...]
    layers: tuple[LayerDir, ...]
    strange: tuple[str, ...] = ()
    """What is wrong with its workflow and left out of it here; only `drafted` lets it pass."""

    @property
    def data(self) -> dict[str, Any]:
        """The data as a copy that is the caller's own."""
        found: dict[str, Any] = plain_copy(self.held)
        return found


class Resolver:
    """Composes requests; what one request made Hydra compose is kept for the next."""

    def __init__(self) -> None:
        self._bases = Bases()

    def compose(self, request: ComposeRequest) -> Composed:
        """The composed config, or every problem at once."""
        made = self.drafted(request)
        if made.strange:
            raise invalid(made.strange)
        return made

    def drafted(self, request: ComposeRequest) -> Composed:
        """The same, but what is merely strange about its workflow is told beside it, for more may be wrong."""
        return self._compose(request, lambda names, layers: self.roles(request, layers, names))

    def _compose(self, request: ComposeRequest, roles: ByName) -> Composed:
        layers = layer_dirs(request.project, request.config_dir, request.user_dir)
        words = typed_words.parse(request.overrides, request.typed, request.task)
        base = self._bases.get(layers, _choices(words), request.cache_dir, request.meanwhile)
        data = base.data_for(_changing(base, words))
        origins = Origins(base.settings, words.assignments)
        words, unnamed = _with_roles(data, words, origins, lambda names: roles(names, layers))
        problems = unnamed + _fill(data, base, words, origins)
        config, strange = _checked(data, _untouched(base, words), problems, origins)
        self._check_strict(request, layers, config, origins)
        return Composed(config, data, origins, base.selections, layers, strange)

    def _check_strict(
        self, request: ComposeRequest, layers: tuple[LayerDir, ...], config: RunConfig, origins: Origins
    ) -> None:
        """Neither a project's files nor a client may make the owner's checks less strict."""
        own = tuple(layer for layer in layers if layer.layer != "project")
        if own == layers and not request.typed:
            return
        words = typed_words.parse(request.overrides)
        known = (one for one in words.choices if one.group in CHECKING and is_option(own, one.group, one.option))
        base = self._bases.get(own, _choices(Overrides(tuple(known))), request.cache_dir, request.meanwhile)
        data = base.data()
        for item in words.assignments:
            if item.path[0] == "checks":
                assign(data, item.path, item.value)
        resolve(data, [path for path in base.expressions if path[0] == "checks"], [])
        looser = weaker(config.checks, Checks.model_validate(data["checks"]))
        if looser:
            told = [f"checks.{key} {how}{set_by(origins, ('checks', key))}" for key, how in looser]
            said = "only the owner may make checks less strict:\n  " + "\n  ".join(told)
            hint = "set it in your own ~/.config/ccorch, or pass it as an override at the terminal"
            raise ConfigForbidden(said, hint=hint)

    def raw(self, request: ComposeRequest) -> tuple[dict[str, Any], Origins]:
        """The data with its gaps and mistakes, for showing what is there before it is complete."""
        layers = layer_dirs(request.project, request.config_dir, request.user_dir)
        words = typed_words.parse(request.overrides, request.typed, request.task)
        base = self._bases.get(layers, _choices(words), request.cache_dir, request.meanwhile)
        data = base.data()
        origins = Origins(base.settings, words.assignments)
        _fill(data, base, words, origins)
        return data, origins

    def role(self, request: ComposeRequest, name: str) -> Role:
        """One role as `role=NAME` would give it to the request, whose own role and workflow say nothing of it."""
        typed = request.typed or {}
        about = {key: dict(without_keys(typed.get(key) or {})) for key in ("groups", "set")}
        words = (*without_roles(request.overrides), f"role={name}")
        alone = replace(request, overrides=words, typed=about if typed else None)
        # the roles of a workflow say nothing of this one, and looking for them would never end
        return self._compose(alone, lambda names, layers: ({}, {})).config.role

    def roles(self, request: ComposeRequest, layers: Sequence[LayerDir], names: Sequence[str]) -> Named:
        """The roles of these names, and for each that there is none of, why."""
        return named(layers, names, lambda name: self.role(request, name))


_resolver = Resolver()


def compose(request: ComposeRequest) -> Composed:
    """Compose with the resolver that the whole process shares."""
    return _resolver.compose(request)


def drafted(request: ComposeRequest) -> Composed:
    """The same with what is merely strange about its workflow told beside it."""
    return _resolver.drafted(request)


def roles(request: ComposeRequest, layers: Sequence[LayerDir], names: Sequence[str]) -> Named:
    """The roles of these names, and for each that there is none of, why."""
    return _resolver.roles(request, layers, names)


def lanes(overrides: Sequence[str]) -> list[tuple[str, ...]]:
    """The overrides of each lane that `-m` stands for."""
    return typed_words.lanes(overrides)


def _with_roles(
    data: dict[str, Any], words: Overrides, origins: Origins, roles: Callable[[Sequence[str]], Named]
) -> tuple[Overrides, list[str]]:
    """The words, and in place the data, with lists of roles made mappings; the sentences of what could not be."""
    problems: list[str] = []

    def resolved(names: Any) -> Any:
        if not _is_list_of_names(names):
            return names
        found, wrong = roles(names)
        at = set_by(origins, ROLES)
        problems.extend(f"{dotted(ROLES)}: {said}{at}" for said in wrong.values())
        return {name: role.model_dump(mode="json") for name, role in found.items()}

    data["workflow"] = {**data["workflow"], "roles": resolved(data["workflow"].get("roles", {}))}
    assigned = []
    for item in words.assignments:
        listed = item.path == ROLES and _is_list_of_names(item.value)
        if listed:
            # a list takes the place of what the workflow's file imports
            data["workflow"]["roles"] = {}
        assigned.append(replace(item, value=resolved(item.value), literal=True) if listed else item)
    return Overrides(words.choices, tuple(assigned)), problems


def _choices(words: Overrides) -> Choices:
    return tuple(sorted((choice.group, choice.option) for choice in words.choices))


def _changing(base: Base, words: Overrides) -> set[str | int]:
    """The keys below which values will be put."""
    return {path[0] for path in (*base.expressions, *(item.path for item in words.assignments))}


def _fill(data: dict[str, Any], base: Base, words: Overrides, origins: Origins) -> list[str]:
    """Put the assignments and interpolated values into the data; the sentences of what could not be."""
    problems = [_unassignable(item) for item in words.assignments if not _assigned(data, item)]
    typed = [path for item in words.assignments if not item.literal for path in expressions(item.value, item.path)]
    if base.expressions or typed:
        literals = [item.path for item in words.assignments if item.literal]
        there = (path for path in base.expressions if _is_there(data, path))
        unresolved = resolve(data, (*there, *typed), literals)
        problems += [f"{dotted(path)}: {what}{set_by(origins, path)}" for path, what in unresolved]
    problems += [_missing(path, origins) for path in base.missing if _is_missing(data, path)]
    return problems


def _assigned(data: dict[str, Any], item: Assignment) -> bool:
    try:
        assign(data, item.path, item.value)
    except KeyError:
        return False
    return True


def _unassignable(item: Assignment) -> str:
    return f"{item.key}: there is no such position in the list\n    set by override {word(item.text)}"


def _is_there(data: dict[str, Any], path: KeyPath) -> bool:
    try:
        get(data, path)
    except KeyError:
        return False
    return True


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_missing(data: dict[str, Any], path: KeyPath) -> bool:
    try:
        return bool(get(data, path) == "???")
    except KeyError:
        return False


def _missing(path: KeyPath, origins: Origins) -> str:
    key = dotted(path)
    return f"{key}: required value is missing (declared {origins.at(path).place}); pass {key}=…"


def _untouched(base: Base, words: Overrides) -> dict[str, Value]:
    touched = {item.path[0] for item in words.assignments}
    return {group: part for group, part in base.parts.items() if group not in touched}


def _checked(
    data: dict[str, Any], known_parts: dict[str, Value], problems: list[str], origins: Origins
) -> tuple[RunConfig, tuple[str, ...]]:
    """The config, and what was left out of its workflow for it; every problem at once where that is not enough."""
    known = {problem.partition(":")[0] for problem in problems}
    whole = data | known_parts
    try:
        config, strange = RunConfig.model_validate(whole), ()
    except ValidationError as error:
        said = tuple(said for said in sentences(error, origins) if said.partition(":")[0] not in known)
        left = _without_strange(whole, error)
        if left is None or problems:
            raise invalid([*problems, *said]) from None
        return left, said
    if problems:
        raise invalid(problems)
    return config, strange


def _without_strange(data: dict[str, Any], error: ValidationError) -> RunConfig | None:
    found = error.errors(include_url=False)
    workflow = data.get("workflow")
    if not isinstance(workflow, dict) or any(one["loc"][:1] != ("workflow",) for one in found):
        return None
    rest = remainder(workflow, [{**one, "loc": one["loc"][1:]} for one in found])
    with suppress(ValidationError):
        return None if rest is None else RunConfig.model_validate(data | {"workflow": rest})
    return None
