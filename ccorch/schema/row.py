"""A row of values of which a changed copy shares all but a few pieces with the one before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_BITS = 5
_WIDTH = 1 << _BITS


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """Values by position; it never changes, and a changed copy costs the same for a long row as for a short one."""

    _tree: tuple[Any, ...]
    _height: int

    @classmethod
    def of(cls, values: Sequence[T]) -> "Row[T]":
        """The row of these values."""
        tree: tuple[Any, ...] = tuple(values)
        height = 0
        while len(tree) > _WIDTH:
            tree = tuple(tree[start : start + _WIDTH] for start in range(0, len(tree), _WIDTH))
            height += _BITS
        return cls(tree, height)

    def __getitem__(self, position: int) -> T:
        found: Any = self._tree
        for shift in range(self._height, -1, -_BITS):
            found = found[position >> shift & _WIDTH - 1]
        value: T = found
        return value

    def __iter__(self) -> Iterator[T]:
        return _leaves(self._tree, self._height)

    def replaced(self, values: Mapping[int, T]) -> "Row[T]":
        """The row with other values at these positions."""
        return Row(_replaced(self._tree, self._height, values), self._height)


def _leaves(tree: tuple[Any, ...], height: int) -> Iterator[Any]:
    if not height:
        yield from tree
        return
    for branch in tree:
        yield from _leaves(branch, height - _BITS)


def _replaced(tree: tuple[Any, ...], height: int, values: Mapping[int, object]) -> tuple[Any, ...]:
    found = list(tree)
    if not height:
        for position, value in values.items():
            found[position & _WIDTH - 1] = value
        return tuple(found)
    below: dict[int, dict[int, object]] = {}
    for position, value in values.items():
        below.setdefault(position >> height & _WIDTH - 1, {})[position] = value
    for at, some in below.items():
        found[at] = _replaced(tree[at], height - _BITS, some)
    return tuple(found)
