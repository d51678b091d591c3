"""What Hydra could not do, in our words and with the line that asked for it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ccorch.config import stack
from ccorch.config.document import Document, Path
from ccorch.config.interpolation import get, locate
from ccorch.config.layers import GROUPS, LayerDir
from ccorch.errors import ConfigInvalid
from ccorch.rules.guess import did_you_mean


def explained(layers: Sequence[LayerDir], error: Exception) -> ConfigInvalid:
    """Hydra's or OmegaConf's error as ours."""
    if wanted := getattr(error, "missing_cfg_file", None):
        group, _, option = str(wanted).removeprefix("builtin/").rpartition("/")
        what = missing_option(layers, group, option) if group in GROUPS else f"there is no config {wanted!r}"
        return ConfigInvalid(f"{what}{_named_at(layers, (group, option))}")
    cause = error.__cause__ or error
    if place := _expression_at(layers, str(getattr(cause, "full_key", "") or "")):
        return ConfigInvalid(f"{place}: cannot be interpolated", hint="write \\${ for the two signs themselves")
    if "Cannot merge" in str(cause) and (mistaken := next(_mistaken(layers), None)):
        return mistaken
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    told = " ".join(line for line in lines if not line.startswith("To append to your default list"))
    named = tuple(re.findall(r"(?:override|for) '?([\w@./]+[\w])", told)[:1])
    return ConfigInvalid(f"the layers cannot be composed: {told}{_named_at(layers, named)}")


def missing_option(layers: Sequence[LayerDir], group: str, option: str, key: str = "") -> str:
    """The sentence for an option that no layer has."""
    there = stack.options(layers, group)
    looked = ", ".join(f"{layer.root}/{GROUPS[group]}" for layer in layers)
    available = ", ".join(there) or "none"
    guess = did_you_mean(option, there)
    return f"{key or group}: no option {option!r}.{guess} Available: {available}. Looked in: {looked}"


def _named_at(layers: Sequence[LayerDir], names: tuple[str, ...]) -> str:
    for document in _documents(layers):
        for number, entry in enumerate(document.data.get("defaults", [])):
            if names and _names(entry, names):
                return f". Named in {document.at(('defaults', number))}"
    return ""


def _names(entry: Any, names: tuple[str, ...]) -> bool:
    key, option = next(iter(entry.items())) if isinstance(entry, dict) else (entry, None)
    words = [*key.split()[-1].partition("@")[0].strip("/").removeprefix("builtin/").split("/"), option]
    return [word for word in words if word is not None][: len(names)] == [name for name in names if name]


def _expression_at(layers: Sequence[LayerDir], key: str) -> str:
    for document in _documents(layers):
        path = locate(document.data, key)
        try:
            value = get(document.data, path)
        except KeyError:
            continue
        if isinstance(value, str) and "${" in value:
            return document.at(path)
    return ""


def _mistaken(layers: Sequence[LayerDir]) -> Iterator[ConfigInvalid]:
    """Lists that stand where mappings belong, and mappings where lists do: two layers cannot be made one there."""
    from ccorch.config.keys import kind  # brings the whole schema

    for path, document in _placed(layers):
        group = path.partition("/")[0]
        above: Path = () if group in (stack.PRIMARY, "experiment") else (group,)
        for below, value in _collections(document.data, ()):
            is_list, wanted = isinstance(value, list), kind((*above, *below))
            if below[:1] == ("defaults",) or wanted not in ("array", "object") or is_list == (wanted == "array"):
                continue
            key = ".".join(map(str, (*above, *below)))
            told = "a list stands where a mapping belongs" if is_list else "a mapping stands where a list belongs"
            yield ConfigInvalid(f"{document.at(below)}: {key}: {told}", hint=_instead(key, value))


def _instead(key: str, value: Any) -> str:
    if key == "workflow.roles" and all(isinstance(name, str) for name in value):
        lines = ", ".join(f"`- /role@workflow.roles.{name}: {name}`" for name in value)
        return f"write under `defaults` of that file: {lines}"
    return f"`ccorch explain {key}` tells what belongs there"


def _collections(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if path and isinstance(value, dict | list):
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _collections(inner, (*path, key))


def _documents(layers: Sequence[LayerDir]) -> Iterator[Document]:
    yield from (document for _, document in _placed(layers))


def _placed(layers: Sequence[LayerDir]) -> Iterator[tuple[str, Document]]:
    """Every file of the layers with the path that asks for it."""
    paths = [stack.PRIMARY, *(f"{group}/{name}" for group in GROUPS for name in stack.options(layers, group))]
    for layer in layers:
        yield from ((path, stack.load(layer, path)) for path in paths if stack.answers(layer, path))
