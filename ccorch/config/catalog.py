"""What there is to choose from: groups with their options, and keys; also the text of one option, and copies."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ccorch.config import stack
from ccorch.config.complaints import missing_option
from ccorch.config.document import summary
from ccorch.config.keys import KeyInfo, keys
from ccorch.config.layers import GROUPS, LayerDir, has_file, jailed, option_names, read_inside
from ccorch.errors import ArgumentInvalid, NotFound, RunStateConflict
from ccorch.schema.base import Many, Value
from ccorch.schema.config import Layer


class OptionInfo(Value):
    """One option of a group."""

    name: str
    """Name of the option."""
    summary: str
    """First comment line of its file."""
    layer: Layer
    """Layer it is read from."""
    place: str
    """File it is read from."""
    shadows: Many[str] = ()
    """Files of lower layers with the same name, which are not read."""


class GroupInfo(Value):
    """One config group."""

    name: str
    """Name of the group, as in GROUP=OPTION."""
    folder: str
    """Folder of its options below each layer's root."""
    options: Many[OptionInfo]
    """All options."""


class Catalog(Value):
    """Everything config can say."""

    groups: Many[GroupInfo]
    """Groups with their options."""
    keys: Many[KeyInfo]
    """Keys with type, limits, default and meaning."""


def catalog(layers: Sequence[LayerDir]) -> Catalog:
    """The groups, options and keys over these layers."""
    groups = [
        GroupInfo(name=group, folder=folder, options=options(layers, group)) for group, folder in GROUPS.items()
    ]
    return Catalog(groups=tuple(groups), keys=keys())


def options(layers: Sequence[LayerDir], group: str) -> tuple[OptionInfo, ...]:
    """The options of one group, each with its summary."""
    return tuple(_option(layers, group, name) for name in stack.options(layers, group))


def option_text(layers: Sequence[LayerDir], group: str, name: str) -> str:
    """The file of an option as it is written."""
    layer, relative = _file(layers, group, name)
    return read_inside(layer, relative)


def copy_option(layers: Sequence[LayerDir], group: str, name: str, project: Path, as_name: str = "") -> Path:
    """Copy an option's file into the project's `.ccorch/`, where it can be changed; an existing file is kept."""
    text = option_text(layers, group, name)
    new = as_name or name
    target = LayerDir("project", os.path.join(os.path.abspath(project), ".ccorch"))
    relative = stack.file_in(target, f"{group}/{new}")
    if relative is None:
        raise ArgumentInvalid(f"{new!r} cannot be the name of an option", hint="use letters, digits, - and _")
    path = Path(target.root) / relative
    jailed(target, str(path))
    if has_file(target, relative):
        raise RunStateConflict(
            f"{path} exists", hint=f"edit it, or name the copy: `ccorch config cp {group}/{name} NAME`"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "x", encoding="utf-8") as file:
        # an option that says its own name must say the new one
        file.write(re.sub(rf"^name: +{re.escape(name)}$", f"name: {new}", text, count=1, flags=re.MULTILINE))
    return path


def _option(layers: Sequence[LayerDir], group: str, name: str) -> OptionInfo:
    found = [layer for layer in layers if name in option_names(layer, group)]
    files = [f"{layer.root}/{GROUPS[group]}/{name}.yaml" for layer in found]
    text = read_inside(found[0], f"{GROUPS[group]}/{name}.yaml")
    return OptionInfo(
        name=name, summary=summary(text), layer=found[0].layer, place=files[0], shadows=tuple(files[1:])
    )


def _file(layers: Sequence[LayerDir], group: str, name: str) -> tuple[LayerDir, str]:
    if group not in GROUPS:
        raise NotFound(f"no group {group!r}; groups are {', '.join(GROUPS)}", group=group)
    for layer in stack.find(layers, f"{group}/{name}"):
        return layer, f"{GROUPS[group]}/{name}.yaml"
    hint = f"`ccorch catalog {group}` says what each is for"
    raise NotFound(missing_option(layers, group, name), hint=hint, group=group, option=name)
