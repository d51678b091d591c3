"""The canonical spelling of many values that are alike in all but a few fields: what they share is spelled once."""

import json
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

from pydantic import BaseModel

from ccorch.schema.base import canonical

_text = json.JSONEncoder(ensure_ascii=False).encode


def spelled_alike(values: Sequence[BaseModel], own: Sequence[str]) -> str:
    """Canonical JSON of values of one model; only their own fields, of text and numbers, are spelled for each."""
    if not values:
        return "[]"
    shared = attrgetter(*(name for name in type(values[0]).model_fields if name not in own))
    owned = attrgetter(*sorted(own))
    frames: dict[tuple[int, ...], str] = {}
    spelled = []
    for value in values:
        # what the values share stays alive in them, so an id stands for the same part all the time
        kind = tuple(map(id, shared(value)))
        frame = frames.get(kind)
        if frame is None:
            frame = frames[kind] = _frame(value, own)
        spelled.append(frame % tuple(map(_spelled, owned(value))))
    return f"[{','.join(spelled)}]"


def spelled_with(data: dict[str, Any], **spelled: str) -> str:
    """Canonical JSON of a mapping, some of whose values are spelled already."""
    parts = {name: canonical(value) for name, value in data.items()} | spelled
    return f"{{{','.join(f'{_text(name)}:{parts[name]}' for name in sorted(parts))}}}"


def _frame(value: BaseModel, own: Sequence[str]) -> str:
    """The value's spelling with a %s for each of its own fields."""
    shared = value.model_dump(mode="json", exclude=set(own))
    texts = {name: canonical(data).replace("%", "%%") for name, data in shared.items()} | dict.fromkeys(own, "%s")
    return f"{{{','.join(f'{_text(name)}:{texts[name]}' for name in sorted(texts))}}}"


def _spelled(part: Any) -> str:
    kind = type(part)
    if kind is str:
        return _text(part)
    return f"[{','.join(map(_spelled, part))}]" if kind is tuple else _other(part)


@lru_cache(maxsize=4096, typed=True)
def _other(part: float | None) -> str:
    return canonical(part)
