"""How a worker's handoff is spelled in its file, where it is plain data at all."""

from collections.abc import Mapping
from typing import Any

from ccorch.schema.base import canonical

DEEPEST = 32
"""Lists and objects within each other: more than any contract has, and few enough for every reader."""


def spelled(handoff: Mapping[str, Any]) -> bytes | None:
    """The file's content; null where it is nested too deep, or holds numbers or letters that are none."""
    if _is_deeper(handoff, DEEPEST):
        return None
    try:
        return canonical(handoff).encode()
    except ValueError:
        return None


def _is_deeper(data: Any, most: int) -> bool:
    """Level by level, for who goes down by calling itself can be sent too far."""
    level = [data]
    for _ in range(most):
        level = [inner for outer in level for inner in _within(outer)]
        if not level:
            return False
    return True


def _within(data: Any) -> Any:
    """The lists and objects directly in one."""
    inside = data.values() if isinstance(data, Mapping) else data
    return (one for one in inside if isinstance(one, (Mapping, list, tuple)))
