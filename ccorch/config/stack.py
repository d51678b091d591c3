"""Which file of which layer answers a config path, and what of it was meant though not written."""

import re
from collections.abc import Sequence
from typing import Any

from ccorch.config.document import Document
from ccorch.config.guard import screen
from ccorch.config.layers import GROUPS, LayerDir, Stamp, has_file, option_names, read_inside, stamp
from ccorch.config.renamed import modern
from ccorch.config.trust import is_trusted

RANKS = ("config-dir", "project", "user", "packaged")
PRIMARY = "config"

_OPTION = re.compile(r"(builtin/)?([a-z]+)/([A-Za-z0-9_][A-Za-z0-9_-]*)\Z")
_KEPT = 512
_documents: dict[tuple[LayerDir, str], tuple[Stamp, Document]] = {}


def file_in(layer: LayerDir, config_path: str) -> str | None:
    """The file, relative to the layer's root, that would answer a config path; None if the layer never does."""
    path = config_path.removesuffix(".yaml")
    if path == PRIMARY or path in [f"config.below.{rank}" for rank in RANKS[: RANKS.index(layer.layer)]]:
        return "config.yaml"
    if path == "ccorch" and layer.layer == "packaged":
        return "ccorch.yaml"
    found = _OPTION.match(path)
    if found is None or found[2] not in GROUPS or (found[1] and layer.layer != "packaged"):
        return None
    return f"{GROUPS[found[2]]}/{found[3]}.yaml"


def answers(layer: LayerDir, config_path: str) -> bool:
    """Whether the layer has the file that a config path means."""
    relative = file_in(layer, config_path)
    return relative is not None and has_file(layer, relative)


def is_group(config_path: str) -> bool:
    """Whether a config path is the root, a group, or a group behind /builtin."""
    return config_path in ("", "builtin") or config_path.removeprefix("builtin/") in GROUPS


def find(layers: Sequence[LayerDir], config_path: str) -> list[LayerDir]:
    """The layers that answer a config path, the one that is read first."""
    return [layer for layer in layers if answers(layer, config_path)]


def is_option(layers: Sequence[LayerDir], group: str, option: str) -> bool:
    """Whether one of these layers has the option."""
    return bool(find(layers, f"{group}/{option}"))


def load(layer: LayerDir, config_path: str) -> Document:
    """The screened document that answers a config path in this layer, kept until the file changes."""
    return _read(layer, config_path)[1]


def read_stamp(layer: LayerDir, config_path: str) -> Stamp:
    """What the file was like when its document was read."""
    return _read(layer, config_path)[0]


def _read(layer: LayerDir, config_path: str) -> tuple[Stamp, Document]:
    relative = file_in(layer, config_path)
    assert relative is not None
    now = stamp(f"{layer.root}/{relative}")
    kept = _documents.get((layer, relative))
    if kept is not None and kept[0] == now:
        return kept
    from ccorch.config.reading import parse  # brings a YAML parser

    place, text = f"{layer.root}/{relative}", read_inside(layer, relative)
    # before anything is judged: an old name must not get past what guards the new one
    document, asked = modern(parse(text, place), group_of(relative)), list[str]()

    def trusts() -> bool:
        asked.append(place)
        return is_trusted(place, text)

    screen(document, layer.layer, group_of(relative), trusts)
    if asked:  # what is trusted now is asked again the next time
        return now, document
    if len(_documents) >= _KEPT:
        _documents.clear()
    _documents[(layer, relative)] = (now, document)
    return now, document


def group_of(relative: str) -> str | None:
    """The group that a file of a layer belongs to; None for config.yaml."""
    folder = relative.rpartition("/")[0]
    return next((group for group, below in GROUPS.items() if below == folder), None)


def options(layers: Sequence[LayerDir], group: str) -> list[str]:
    """All options of a group over all layers."""
    return sorted({name for layer in layers for name in option_names(layer, group)})


def defaults_of(document: Document, layer: LayerDir, config_path: str) -> list[Any]:
    """The document's defaults list as Hydra shall read it."""
    written = [_extended(entry, layer) for entry in document.data.get("defaults", [])]
    if group_of(file_in(layer, config_path) or "") is not None or config_path == "ccorch":
        return written
    if layer.layer != "packaged" and not any(isinstance(entry, str) and ".below." in entry for entry in written):
        written.insert(0, f"config.below.{layer.layer}")
    if "_self_" not in written:
        written.append("_self_")
    if config_path == PRIMARY:
        written.append({"experiment": None})
    return sorted(written, key=_is_override)


def _extended(entry: Any, layer: LayerDir) -> Any:
    if not isinstance(entry, str):
        return entry
    bare = entry.lstrip("/").partition("@")[0]
    if bare == "below/config":
        return f"config.below.{layer.layer}"
    return f"{entry}@_here_" if bare.startswith("builtin/") and "@" not in entry else entry


def _is_override(entry: Any) -> bool:
    # Hydra wants overrides last; sorting is stable, so nothing else moves.
    return isinstance(entry, dict) and next(iter(entry)).startswith(("override ", "optional override "))
