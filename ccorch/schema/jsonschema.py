"""JSON Schemas out of the models: `resolved` for composed data, `authoring` for the partial files people write."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from ccorch.schema.base import field_docs

DIALECT = "https://json-schema.org/draft/2020-12/schema"

LATER = r"\$\{|^\?\?\?$"
"""What a value looks like that is filled in while composing."""

_LATER = {"type": "string", "pattern": LATER, "description": "Filled in while composing."}
_ROLE = {"$ref": "#/$defs/Role"}
_NAMES = {"type": "array", "items": {"type": "string"}, "description": "Names of roles, which are their keys."}
_ENTRY = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": {"type": ["string", "null", "array"], "items": {"type": "string"}},
        },
    ]
}
_DEFAULTS = {
    "type": "array",
    "items": _ENTRY,
    "description": "What this file extends, in order: group: option, /builtin/role/review, /below/config, _self_.",
}


def resolved(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model's data, each property described by the sentence beneath its field."""
    generated = model.model_json_schema(mode="validation")
    definitions = {name: _untitled(schema) for name, schema in generated.pop("$defs", {}).items()}
    root = _untitled(generated)
    docs = {found.__name__: field_docs(found) for found in _models(model)}
    _describe(root, docs.get(model.__name__, {}))
    for name, schema in definitions.items():
        _describe(schema, docs.get(name, {}))
    return {"$schema": DIALECT, **root, **({"$defs": definitions} if definitions else {})}


def authoring(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a file that gives part of a model: nothing is required, values may be filled in later."""
    whole = resolved(model)
    definitions = {name: _partial(schema) for name, schema in whole.pop("$defs", {}).items()}
    root = _partial(whole)
    root["properties"] = {"defaults": _DEFAULTS, **root.get("properties", {})}
    return {**root, **({"$defs": definitions} if definitions else {})}


def properties_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The names that may stand at a path of a model's data; none below a mapping with free names."""
    whole = model.model_json_schema()
    schema = _target(whole, whole)
    for key in path:
        named = schema.get("properties", {}).get(str(key))
        patterned = next(iter(schema.get("patternProperties", {}).values()), None)
        inner = named or patterned or schema.get("additionalProperties") or schema.get("items")
        schema = _target(inner, whole) if isinstance(inner, dict) else {}
    return list(schema.get("properties", {}))


def _target(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The schema itself behind references and `or null`."""
    if "$ref" in schema:
        return dict(whole["$defs"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return _target(next(branch for branch in schema["anyOf"] if branch.get("type") != "null"), whole)
    return schema


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _models(field.annotation)
    for inner in get_args(annotation):
        yield from _models(inner)


def _untitled(schema: Any) -> Any:
    """Without the titles that pydantic makes up; a property that is called title stays."""
    match schema:
        case dict():
            kept = {key: value for key, value in schema.items() if key != "title" or not isinstance(value, str)}
            return {
                key: _properties(value) if key == "properties" else _untitled(value) for key, value in kept.items()
            }
        case list():
            return [_untitled(inner) for inner in schema]
    return schema


def _properties(schemas: dict[str, Any]) -> dict[str, Any]:
    return {name: _untitled(schema) for name, schema in schemas.items()}


def _describe(schema: dict[str, Any], docs: dict[str, str]) -> None:
    for name, inner in schema.get("properties", {}).items():
        if name in docs:
            inner["description"] = docs[name]


def _partial(schema: dict[str, Any]) -> dict[str, Any]:
    partial = {key: value for key, value in schema.items() if key != "required"}
    if "properties" in partial:
        partial["properties"] = {name: _or_later(inner) for name, inner in partial["properties"].items()}
    if isinstance(partial.get("additionalProperties"), dict):
        partial["additionalProperties"] = _or_later(partial["additionalProperties"])
    return partial


def _or_later(schema: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {key: schema[key] for key in ("description", "default") if key in schema}
    value = {key: inner for key, inner in schema.items() if key not in described}
    if "items" in value:
        value["items"] = _or_later(value["items"])
    if isinstance(value.get("additionalProperties"), dict):
        by_name = [_NAMES] if value["additionalProperties"] == _ROLE else []
        value["additionalProperties"] = _or_later(value["additionalProperties"])
        return {**described, "anyOf": [value, *by_name, _LATER]}
    return {**described, "anyOf": [value, _LATER]}
