"""Nested data as YAML that a person reads and a parser reads back the same."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z_/](?:[\w ./@+-]*[\w./@+-])?", re.ASCII)
_RESERVED = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
_UNSHOWN = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]")


def yaml_text(data: Any, indent: str = "") -> Iterator[str]:
    """The lines of it."""
    match data:
        case Mapping() if data:
            for name, value in data.items():
                yield from _branch(f"{indent}{scalar(str(name))}:", value, indent)
        case [_, *_]:
            for entry in data:
                yield from _branch(f"{indent}-", entry, indent)
        case _:
            yield indent + scalar(data)


def scalar(value: Any) -> str:
    """A single value; text that could be read as something else stands in quotes."""
    match value:
        case str() if _BARE.fullmatch(value) and value.lower() not in _RESERVED:
            return value
        case str():
            return _UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
        case float():
            # 1e-07 without a point is text to a YAML parser
            return re.sub(r"^(-?\d+)e", r"\1.0e", json.dumps(value))
    return json.dumps(value)


def _branch(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping | list) and value:
        yield head
        yield from yaml_text(value, indent + "  ")
    else:
        yield f"{head} {scalar(value)}"
