"""One key in full: its value, who set it, what it means, what else it may be, and what was not read."""

from typing import Any

from ccorch.config.compose import Composed
from ccorch.config.document import Path
from ccorch.config.interpolation import get, locate
from ccorch.config.keys import children, info
from ccorch.config.problems import unknown_key
from ccorch.errors import NotFound
from ccorch.schema.base import Many, Value
from ccorch.schema.config import Origin


class Explanation(Value):
    """What is known of one key of a composed config."""

    key: str
    """The key."""
    value: Any
    """Its value in the composed config."""
    origin: Origin
    """Where the value was set."""
    doc: str
    """What the key means."""
    type: str
    """What a value is."""
    limits: str
    """Bounds and allowed values; empty when there are none."""
    default: str
    """The schema's default, or `required`."""
    ceiling: str | None = None
    """What the owner's ceiling says of this key, in words; null where there is none for it."""
    shadowed: Many[str] = ()
    """Files of lower layers that would have set it, had a higher layer not hidden them."""


def explain(composed: Composed, key: str) -> Explanation:
    """Everything about a key; a key that does not exist is refused with the nearest one."""
    whole = composed.config.model_dump(mode="json")
    path = locate(whole, key)
    found = info(path)
    if found is None:
        raise NotFound(f"{key}: {_unknown(path)}", hint="`ccorch catalog keys` lists all keys", key=key)
    return Explanation(
        key=key,
        value=_value(whole, path, key),
        origin=composed.origins.lookup(key),
        doc=found.doc,
        type=found.type,
        limits=found.limits,
        default=found.default,
        shadowed=_shadowed(composed, path),
    )


def _unknown(path: Path) -> str:
    known = next(length for length in range(len(path), -1, -1) if length == 0 or info(path[:length]) is not None)
    return unknown_key(str(path[known]), children(path[:known]), path[:known])


def _value(whole: Any, path: Path, key: str) -> Any:
    try:
        return get(whole, path)
    except KeyError:
        raise NotFound(f"{key}: the composed config has no such entry", key=key) from None


def _shadowed(composed: Composed, path: Path) -> tuple[str, ...]:
    names = tuple(map(str, path))
    for selection in composed.selections:
        group, _, place = selection.group.partition("@")
        root = tuple((place or group).split("."))
        if names[: len(root)] == root:
            return selection.shadows
    return ()
