"""The canonical spelling of many values that are alike in all but a few fields: what they share is spelled once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any

from pydantic import BaseModel

from ccorch.schema.base import canonical

TOGETHER = 16
"""Values that are spelled in one piece: large texts are neither held whole nor put together from crumbs."""


def spelled_alike(values: Sequence[BaseModel], own: Sequence[str]) -> Iterator[str]:
    """Canonical JSON of values of one model, in pieces; only their own fields are spelled for each of them."""
    spell = _speller(values, own) if values else str
    before = "["
    for start in range(0, len(values), TOGETHER):
        yield before + ",".join(map(spell, values[start : start + TOGETHER]))
        before = ","
    yield "]" if values else "[]"


def spelled_with(data: dict[str, Any], **spelled: Iterable[str]) -> Iterator[str]:
    """Canonical JSON of a mapping, in pieces; some of its values are spelled already."""
    before = "{"
    for name in sorted(data.keys() | spelled.keys()):
        yield f"{before}{encode_basestring(name)}:"
        if name in spelled:
            yield from spelled[name]
        else:
            yield canonical(data[name])
        before = ","
    yield "}"


def _speller(values: Sequence[BaseModel], own: Sequence[str]) -> Callable[[BaseModel], str]:
    shared = attrgetter(*(name for name in type(values[0]).model_fields if name not in own))
    owned = attrgetter(*sorted(own))
    frames: dict[tuple[int, ...], list[str]] = {}

    def spell(value: BaseModel) -> str:
        # what the values share stays alive in them, so an id stands for the same part all the time
        kind = tuple(map(id, shared(value)))
        frame = frames.get(kind)
        if frame is None:
            frame = frames[kind] = _frame(value, own)
        filled = frame.copy()
        filled[1::2] = map(_spelled, owned(value))
        return "".join(filled)

    return spell


def _frame(value: BaseModel, own: Sequence[str]) -> list[str]:
    """The value's spelling in pieces; every second one is for one of its own fields."""
    shared = value.model_dump(mode="json", exclude=set(own))
    frame = ["{"]
    for number, name in enumerate(sorted((*shared, *own))):
        frame[-1] += f"{',' * (number > 0)}{encode_basestring(name)}:"
        if name in shared:
            frame[-1] += canonical(shared[name])
        else:
            frame += ["", ""]
    frame[-1] += "}"
    return frame


def _spelled(part: Any) -> str:
    return _SPELLED.get(type(part), _other)(part)


def _list(parts: tuple[Any, ...]) -> str:
    return f"[{','.join(map(_spelled, parts))}]" if parts else "[]"


@lru_cache(maxsize=4096, typed=True)
def _other(part: float | None) -> str:
    return canonical(part)


_SPELLED: Mapping[type, Callable[[Any], str]] = {str: encode_basestring, tuple: _list}
