"""Layers, overrides and the task become one checked `RunConfig` that knows where each value came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccorch.config import overrides as typed_words
from ccorch.config.cache import Bases
from ccorch.config.composition import Base, Choices
from ccorch.config.document import Path as KeyPath
from ccorch.config.interpolation import assign, expressions, get, resolve
from ccorch.config.layers import LayerDir, layer_dirs
from ccorch.config.overrides import Assignment, Overrides, invalid
from ccorch.config.problems import dotted, sentences, set_by
from ccorch.config.provenance import Origins
from ccorch.schema.base import Value
from ccorch.schema.config import RunConfig, Selection


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


@dataclass(frozen=True)
class Composed:
    """The checked config, the same as plain data, and where it came from."""

    config: RunConfig
    data: dict[str, Any]
    origins: Origins
    selections: tuple[Selection, ...]
    layers: tuple[LayerDir, ...]


class Resolver:
    """Composes requests; what one request made Hydra compose is kept for the next."""

    def __init__(self) -> None:
        self._bases = Bases()

    def compose(self, request: ComposeRequest) -> Composed:
        """The composed config, or every problem at once."""
        layers = layer_dirs(request.project, request.config_dir, request.user_dir)
        words = typed_words.parse(request.overrides, request.typed, request.task)
        base = self._bases.get(layers, _choices(words), request.cache_dir)
        data = base.data()
        origins = Origins(base.settings, words.assignments)
        problems = _fill(data, base, words, origins)
        config = _checked(data, _untouched(base, words), problems, origins)
        return Composed(config, data, origins, base.selections, layers)

    def raw(self, request: ComposeRequest) -> tuple[dict[str, Any], Origins]:
        """The data with its gaps and mistakes, for showing what is there before it is complete."""
        layers = layer_dirs(request.project, request.config_dir, request.user_dir)
        words = typed_words.parse(request.overrides, request.typed, request.task)
        base = self._bases.get(layers, _choices(words), request.cache_dir)
        data = base.data()
        origins = Origins(base.settings, words.assignments)
        _fill(data, base, words, origins)
        return data, origins


_resolver = Resolver()


def compose(request: ComposeRequest) -> Composed:
    """Compose with the resolver that the whole process shares."""
    return _resolver.compose(request)


def lanes(overrides: Sequence[str]) -> list[tuple[str, ...]]:
    """The overrides of each lane that `-m` stands for."""
    return typed_words.lanes(overrides)


def _choices(words: Overrides) -> Choices:
    return tuple(sorted((choice.group, choice.option) for choice in words.choices))


def _fill(data: dict[str, Any], base: Base, words: Overrides, origins: Origins) -> list[str]:
    """Put the assignments and interpolated values into the data; the sentences of what could not be."""
    problems = [_unassignable(item) for item in words.assignments if not _assigned(data, item)]
    typed = [path for item in words.assignments if not item.literal for path in expressions(item.value, item.path)]
    if base.expressions or typed:
        literals = [item.path for item in words.assignments if item.literal]
        unresolved = resolve(data, (*base.expressions, *typed), literals)
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
    return f"{item.key}: there is no such position in the list\n    set by override {item.text}"


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
) -> RunConfig:
    known = {problem.partition(":")[0] for problem in problems}
    try:
        config = RunConfig.model_validate(data | known_parts)
    except ValidationError as error:
        problems += [said for said in sentences(error, origins) if said.partition(":")[0] not in known]
    if problems:
        raise invalid(problems)
    return config
