"""What breaks the schema, in sentences: the key, what it may be, what it is, and who set it."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from ccorch.config.document import Path
from ccorch.config.private import got, named
from ccorch.config.provenance import SCHEMA, Origins

_SHAPES = {"model_type": "must be a mapping", "dict_type": "must be a mapping", "tuple_type": "must be a list"}


def sentences(error: ValidationError, origins: Origins, below: Path = ()) -> Iterator[str]:
    """One sentence for each place that is wrong, `below` being the path of what was validated."""
    for details in error.errors(include_url=False):
        path: Path = (*below, *details["loc"])
        yield f"{dotted(path)}: {_what(path, dict(details))}{set_by(origins, path)}"


def set_by(origins: Origins, path: Path) -> str:
    """Who set the value, as the end of a sentence."""
    origin = origins.at(path)
    if origin == SCHEMA:
        return ""
    word = "override " if origin.layer == "override" else ""
    return f"\n    set by {word}{origin.place}"


def dotted(path: Path) -> str:
    """A path as it is typed."""
    return ".".join(map(str, named(path)))


def unknown_key(name: str, known: list[str], around: Path = ()) -> str:
    """The sentence for a key that does not exist; the guess is the whole key, as it is typed."""
    near = get_close_matches(name, known, 1)
    guess = f" Did you mean {dotted((*around, near[0]))!r}?" if near else ""
    return f"unknown key.{guess} Known keys: {', '.join(known)}"


def in_words(details: dict[str, Any]) -> str:
    """What pydantic complains of, without its own idiom."""
    match details["type"]:
        case "extra_forbidden":
            return f"unknown key {str(details['loc'][-1])!r}"
        case "missing":
            return "required value is missing"
    said: str = _SHAPES.get(details["type"], details["msg"])
    return said.replace("Input should be", "must be").replace("Value error, ", "")


def _what(path: Path, details: dict[str, Any]) -> str:
    match details["type"]:
        case "extra_forbidden":
            return unknown_key(str(path[-1]), _fields(path[:-1]), path[:-1])
        case "missing":
            return in_words(details)
    return f"{in_words(details)}{got(path, details['input'])}"


def _fields(path: Path) -> list[str]:
    from ccorch.config.keys import children

    return children(path)
