"""Reads the text of a YAML file; loaded with the first one, for a kept composition needs no parser."""

import math
import re
from typing import Any

import yaml

from ccorch.config.document import MAX_DEPTH, MAX_NODES, Document, Path, summary
from ccorch.errors import ConfigInvalid

_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")}
_FLOAT = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*(?:\.[0-9_]*)?[eE][-+]?[0-9]+\Z")


def parse(text: str, place: str, most: int = MAX_NODES) -> Document:
    """The file's data; anything but a bounded, plain mapping with text keys is refused with its line."""
    lines: dict[Path, int] = {}
    loader: Any = None
    try:
        _bound_events(text, place, most)
        loader = Loader(text)
        node = loader.get_single_node()
        data = _Reader(place, loader, lines, most).read(node, (), 0) if node is not None else {}
    except yaml.YAMLError as error:
        raise ConfigInvalid(_yaml_problem(error, place, most)) from error
    except ValueError as error:  # such as an integer of more digits than Python reads
        raise ConfigInvalid(f"{place}:1: {error}") from error
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(data, dict):
        raise ConfigInvalid(f"{place}:1: must hold `key: value` lines, not a {type(data).__name__}")
    return Document(place, data, lines, _package(text), summary(text))


def _package(text: str) -> str | None:
    for line in text.splitlines():
        if found := re.match(r"\s*#\s*@package(?:\s+(\S*))?", line):
            return found[1] or ""
    return None


class _Reader:
    """Turns YAML nodes into plain data; aliases are copied and count each time."""

    def __init__(self, place: str, loader: Any, lines: dict[Path, int], most: int) -> None:
        self.place, self.loader, self.lines, self.most, self.count = place, loader, lines, most, 0

    def read(self, node: yaml.Node, path: Path, depth: int) -> Any:
        self.count += 1
        if self.count > self.most or depth > MAX_DEPTH:
            raise ConfigInvalid(_too_much(self.place, self.lines.get(path[:1], 1), self.most))
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path, depth)
            case yaml.SequenceNode() if node.tag == "tag:yaml.org,2002:seq":
                return [self._item(item, (*path, n), depth) for n, item in enumerate(node.value)]
            case yaml.ScalarNode() if node.tag in _TAGS:
                return self._scalar(node)
        raise ConfigInvalid(f"{self.place}:{_line(node)}: the tag {node.tag} is not plain data")

    def _mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[str, Any]:
        if node.tag != "tag:yaml.org,2002:map":
            raise ConfigInvalid(f"{self.place}:{_line(node)}: the tag {node.tag} is not plain data")
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key in data:
                first = self.lines[(*path, key)]
                raise ConfigInvalid(
                    f"{self.place}:{_line(key_node)}: the key {key!r} stands twice, first in line {first}"
                )
            self.lines[(*path, key)] = _line(key_node)
            data[key] = self.read(value_node, (*path, key), depth + 1)
        return data

    def _key(self, node: yaml.Node) -> str:
        if node.tag == "tag:yaml.org,2002:merge":
            raise ConfigInvalid(
                f"{self.place}:{_line(node)}: `<<` is not read; extend through `defaults` or write the keys out"
            )
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:str":
            raise ConfigInvalid(f"{self.place}:{_line(node)}: a key must be text; put it in quotes")
        return str(node.value)

    def _item(self, node: yaml.Node, path: Path, depth: int) -> Any:
        self.lines[path] = _line(node)
        return self.read(node, path, depth + 1)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        value = self.loader.construct_object(node)
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigInvalid(f"{self.place}:{_line(node)}: {node.value} is not a finite number")
        return value


def _bound_events(text: str, place: str, most: int) -> None:
    # Counted before nodes are built: building them recurses, and that must stay shallow.
    count = depth = 0
    for event in yaml.parse(text, Loader=_BaseLoader):
        if isinstance(event, yaml.NodeEvent):
            count += 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if count > most or depth > MAX_DEPTH + 1:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ConfigInvalid(_too_much(place, line, most))


def _too_much(place: str, line: int, most: int) -> str:
    return (
        f"{place}:{line}: holds more than {most} values or is nested deeper than {MAX_DEPTH};"
        " each use of an alias counts"
    )


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _yaml_problem(error: yaml.YAMLError, place: str, most: int) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    line = mark.line + 1 if mark else 1
    if what == _LIBYAML_TOO_DEEP:
        return _too_much(place, line, most)
    return f"{place}:{line}: is not readable YAML: {what}"


_LIBYAML_TOO_DEEP = "exceeded maximum nesting depth"
"""What libyaml says of brackets that it meets while it looks ahead, before they can be counted."""


_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(_BaseLoader):  # type: ignore[misc]
    """Reads scalars as OmegaConf does: dates stay text and 1e5 is a number."""


Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789"))
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
    for first, known in Loader.yaml_implicit_resolvers.items()
}
