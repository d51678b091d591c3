"""What Hydra makes of one selection of options: plain data, and for each value the line that set it."""

import marshal
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from ccorch.config import stack, trust
from ccorch.config.complaints import explained, missing_option
from ccorch.config.document import Document, Path
from ccorch.config.interpolation import expressions
from ccorch.config.layers import CHOSEN, GROUPS, LayerDir, Stamp, stamp
from ccorch.errors import ConfigInvalid
from ccorch.schema.base import Value
from ccorch.schema.config import RunConfig, Selection

Choices = tuple[tuple[str, str], ...]
"""Sorted pairs of a group (or role@workflow.roles.KEY) and the option chosen for it."""

Setting = tuple[Path, str, str]
"""A path, the layer that set it and the file:line where."""

Chosen = tuple[str, str, str, tuple[str, ...]]
"""A group, its option, the file that was read and the files of lower layers that it hides."""


@dataclass(frozen=True)
class Base:
    """A composition before any value is overridden; `packed` is its data by key, marshalled for quick copies."""

    packed: Mapping[str, bytes]
    settings: tuple[Setting, ...]
    chosen: tuple[Chosen, ...]
    stamps: tuple[Stamp, ...]
    expressions: tuple[Path, ...] = field(default=())
    missing: tuple[Path, ...] = field(default=())

    def data(self) -> dict[str, Any]:
        """A fresh copy of the data."""
        return self._copied(self.packed)

    def data_for(self, changing: Collection[str | int]) -> dict[str, Any]:
        """The data with fresh copies of what these keys hold; all else is shared, to be read only."""
        return self._shared | self._copied(self.packed.keys() & changing)

    def _copied(self, keys: Iterable[str]) -> dict[str, Any]:
        return {key: marshal.loads(self.packed[key]) for key in keys}

    @cached_property
    def _shared(self) -> dict[str, Any]:
        return self.data()

    @cached_property
    def selections(self) -> tuple[Selection, ...]:
        """The chosen options."""
        return tuple(
            Selection(group=group, option=option, place=place, shadows=shadows)
            for group, option, place, shadows in self.chosen
        )

    @cached_property
    def parts(self) -> dict[str, Value]:
        """The groups that are checked once for all, because nothing in them waits for other values."""
        waiting = {path[0] for path in (*self.expressions, *self.missing)}
        data, found = self.data(), {}
        for group in set(CHOSEN) - waiting:
            model: Any = RunConfig.model_fields[group].annotation
            with suppress(ValidationError, KeyError):  # told when the whole is checked
                found[group] = model.model_validate(data[group])
        return found

    def is_current(self) -> bool:
        """Whether every file and folder that decided the composition is as it was."""
        return all(stamp(known[0]) == known for known in self.stamps)


def base_of(
    data: dict[str, Any], settings: tuple[Setting, ...], chosen: tuple[Chosen, ...], stamps: tuple[Stamp, ...]
) -> Base:
    """A base with what can be derived from its data."""
    missing = tuple(path for path, value in _leaves(data, ()) if value == "???")
    packed = {key: marshal.dumps(value) for key, value in data.items()}
    return Base(packed, settings, chosen, stamps, tuple(expressions(data)), missing)


def composed(layers: Sequence[LayerDir], choices: Choices) -> Base:
    """Compose with Hydra; what is wrong with files or choices is said with its place."""
    _known_options(layers, choices)
    from hydra import compose
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from ccorch.config.source import order, session

    words = [f"{group}={option}" for group, option in choices]
    before = _watched(layers)
    try:
        with session(layers) as world:
            data: Any = OmegaConf.to_container(compose(stack.PRIMARY, overrides=words), resolve=False)
            listed = order(world, words)
    except (HydraException, OmegaConfBaseException) as error:
        raise explained(layers, error) from error
    except RecursionError as error:
        raise ConfigInvalid("the `defaults` of some files include each other without end") from error
    except (ValueError, AssertionError) as error:
        raise ConfigInvalid(f"the `defaults` cannot be read: {error}") from error
    read = [(default, *_document(layers, default.config_path)) for default in _ours(listed.defaults)]
    settings = _settings([(document, layer, default.package) for default, layer, document in read])
    files = dict.fromkeys(stack.read_stamp(layer, default.config_path) for default, layer, _ in read)
    chosen = _chosen(layers, listed.overrides.known_choices)
    return base_of(data, settings, chosen, (*files, *before))


def _ours(defaults: Sequence[Any]) -> list[Any]:
    return [default for default in defaults if default.config_path.partition("/")[0] != "hydra"]


def _document(layers: Sequence[LayerDir], config_path: str) -> tuple[LayerDir, Document]:
    layer = stack.find(layers, config_path)[0]
    return layer, stack.load(layer, config_path)


def _watched(layers: Sequence[LayerDir]) -> tuple[Stamp, ...]:
    # A new file in any of these folders could shadow a file that was read.
    above = [layer.root for layer in layers if layer.layer != "packaged"]
    folders = [f"{root}/{folder}" for root in above for folder in GROUPS.values()]
    # what the owner trusts decides, too, what a project's file may say
    return tuple(
        stamp(path) for path in (trust.place(), *above, *(path for path in folders if os.path.isdir(path)))
    )


class _Written:
    """A tree of who wrote what; writing a list or scalar takes away what stood below it."""

    def __init__(self, origin: tuple[str, str] | None = None) -> None:
        self.origin = origin
        self.below: dict[str | int, _Written] = {}

    def write(self, path: Path, origin: tuple[str, str]) -> None:
        node = self
        for key, following in pairwise(path):
            node = node.below.setdefault(key, _Written())
            if isinstance(following, str):
                node.origin = None  # a mapping stands here now
        node.below[path[-1]] = _Written(origin)

    def holds(self, path: Path) -> bool:
        node: _Written | None = self
        for key in path:
            node = node.below.get(key) if node is not None else None
        return node is not None

    def settings(self, path: Path = ()) -> Iterator[Setting]:
        if self.origin is not None:
            yield (path, *self.origin)
        for key, node in self.below.items():
            yield from node.settings((*path, key))


def _settings(read: Sequence[tuple[Document, LayerDir, str | None]]) -> tuple[Setting, ...]:
    written = _Written()
    for document, layer, package in read:
        root: Path = tuple(package.split(".")) if package else ()
        content = {key: value for key, value in document.data.items() if key != "defaults"}
        for path, value in _leaves(content, ()):
            # Merging `???` keeps what is there.
            if path and not (value == "???" and written.holds((*root, *path))):
                written.write((*root, *path), (layer.layer, document.at(path)))
    return tuple(written.settings())


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and (value or not path):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    else:
        yield path, value
        if isinstance(value, list):
            for number, inner in enumerate(value):
                yield from _leaves(inner, (*path, number))


def _chosen(layers: Sequence[LayerDir], known: Mapping[str, Any]) -> tuple[Chosen, ...]:
    found = []
    for key, option in known.items():
        group = key.partition("@")[0]
        if group in GROUPS and isinstance(option, str):
            config_path = f"{group}/{option}"
            files = [
                f"{layer.root}/{stack.file_in(layer, config_path)}" for layer in stack.find(layers, config_path)
            ]
            found.append((key, option, files[0], tuple(files[1:])))
    return tuple(found)


def _known_options(layers: Sequence[LayerDir], choices: Choices) -> None:
    problems = [
        missing_option(layers, key.partition("@")[0], option, key)
        for key, option in choices
        if not stack.find(layers, f"{key.partition('@')[0]}/{option}")
    ]
    if problems:
        raise ConfigInvalid("\n".join(problems), problems=tuple(problems))
