"""Every key of the composed config with its type, limits, default and meaning."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from ccorch.config.document import Path
from ccorch.schema.base import Value
from ccorch.schema.config import RunConfig
from ccorch.schema.jsonschema import resolved

_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "minLength": "not shorter than {} letter(s)",
    "maxLength": "not longer than {} letters",
    "pattern": "matching {}",
}

ANY = "*"
"""Stands in a key for every name of a mapping and every position of a list."""


class KeyInfo(Value):
    """One key that config may set."""

    key: str
    """Dotted key; * stands for any name or position."""
    type: str
    """What a value is, in words."""
    limits: str
    """Bounds and allowed values, in words; empty when there are none."""
    default: str
    """The schema's default as JSON, or `required`."""
    doc: str
    """What the key means."""


@cache
def keys() -> tuple[KeyInfo, ...]:
    """All keys in the order of the schema."""
    schema = _schema()
    return tuple(_keys_of(schema, ()))


def info(path: Path) -> KeyInfo | None:
    """What is known of the key at a path of the composed config."""
    return _by_pattern().get(_pattern(path))


def children(path: Path) -> list[str]:
    """The names that may stand directly below a path; none below a mapping with free names."""
    schema = _schema()
    for key in path:
        schema = _below(schema, str(key))
    return list(_target(schema).get("properties", {}))


def kind(path: Path) -> str | None:
    """What JSON Schema calls the value at a path: object, array, string and so on; null where it may be several."""
    schema = _schema()
    for key in path:
        schema = _below(schema, str(key))
    if len(_branches(schema)) > 1:
        return None
    found = _target(schema).get("type")
    return found if isinstance(found, str) else None


@cache
def _schema() -> dict[str, Any]:
    return resolved(RunConfig)


@cache
def _by_pattern() -> dict[tuple[str, ...], KeyInfo]:
    return {tuple(found.key.split(".")): found for found in keys()}


def _pattern(path: Path) -> tuple[str, ...]:
    schema, pattern = _schema(), []
    for key in path:
        named = str(key) in _target(schema).get("properties", {})
        pattern.append(str(key) if named else ANY)
        schema = _below(schema, str(key))
    return tuple(pattern)


def _keys_of(schema: dict[str, Any], path: tuple[str, ...]) -> Iterator[KeyInfo]:
    inner = _target(schema)
    required = inner.get("required", [])
    for name, child in inner.get("properties", {}).items():
        yield _info((*path, name), child, name in required)
        yield from _keys_of(child, (*path, name))
    for child in (inner.get("additionalProperties"), inner.get("items")):
        if isinstance(child, dict):
            yield from _keys_of(child, (*path, ANY))


def _info(path: tuple[str, ...], schema: dict[str, Any], required: bool) -> KeyInfo:
    return KeyInfo(
        key=".".join(path),
        type=_type(schema),
        limits=_limits(schema),
        default="required" if required else _json(schema.get("default")),
        doc=schema.get("description", ""),
    )


def _below(schema: dict[str, Any], key: str) -> dict[str, Any]:
    inner = _target(schema)
    found = inner.get("properties", {}).get(key) or inner.get("additionalProperties") or inner.get("items")
    return found if isinstance(found, dict) else {}


def _target(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself behind references and `or null`; the first of several."""
    if "$ref" in schema:
        return dict(_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return _target(_branches(schema)[0])
    return schema


def _branches(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """What a value may be instead of null."""
    return [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(branch) for branch in schema["anyOf"])
    inner = _target(schema)
    match inner.get("type"):
        case "array":
            return f"list of {_type(inner['items'])}"
        case "object" if "properties" not in inner:
            return f"mapping of names to {_type(inner['additionalProperties'])}"
        case "object":
            return "mapping"
        case "string":
            return "text" if "enum" not in inner else "word"
    return str(inner.get("type", "value"))


def _limits(schema: dict[str, Any]) -> str:
    inner = _target(schema)
    inner = inner.get("items", inner)
    if "enum" in inner:
        return f"one of {', '.join(inner['enum'])}"
    return ", ".join(told.format(inner[name]) for name, told in _BOUNDS.items() if name in inner)


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
