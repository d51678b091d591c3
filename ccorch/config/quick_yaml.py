"""Reads plain YAML in one pass without noting where things stand: for large files, of which that is seldom asked.

What it gives is what `document.parse` gives. Whatever is not plain, it leaves to that.
"""

from typing import Any

import yaml

from ccorch.config import line_yaml
from ccorch.config.document import MAX_DEPTH
from ccorch.config.reading import Loader
from ccorch.config.scalars import NOT_PLAIN, Scalars

__all__ = ["NOT_PLAIN", "read"]


def read(text: str, most: int) -> Any:
    """The data of a text of at most so many values; NOT_PLAIN where it is anything but one plain mapping."""
    simple = line_yaml.read(text, most)
    return _of_events(text, most) if simple is NOT_PLAIN else simple


def _of_events(text: str, most: int) -> Any:
    reading = _Reading(most)
    try:
        for event in yaml.parse(text, Loader=Loader):
            if not reading.take(event):
                return NOT_PLAIN
    except (yaml.YAMLError, ValueError):
        return NOT_PLAIN
    return reading.root if isinstance(reading.root, dict) else NOT_PLAIN


class _Reading:
    """The containers that are open, and the key that waits for its value in each."""

    def __init__(self, most: int) -> None:
        self.root: Any = None
        self._left = most
        self._open: list[tuple[Any, str | None]] = []
        self._documents = 0
        self._scalars = Scalars()

    def take(self, event: Any) -> bool:
        """Go on by one event; False when the text is not plain."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return event.anchor is None and event.tag is None and self._scalar(event)
        if kind is yaml.MappingStartEvent:
            return event.anchor is None and event.tag is None and self._begin({})
        if kind is yaml.SequenceStartEvent:
            return event.anchor is None and event.tag is None and self._begin([])
        if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            return self._put(self._open.pop()[0])
        if kind is yaml.DocumentStartEvent:
            self._documents += 1
            return self._documents == 1
        return kind is not yaml.AliasEvent

    def _begin(self, container: Any) -> bool:
        if self._open and isinstance(self._open[-1][0], dict) and self._open[-1][1] is None:
            return False  # a key that is no text
        self._open.append((container, None))
        return len(self._open) <= MAX_DEPTH

    def _scalar(self, event: Any) -> bool:
        value: Any = self._scalars.of(event.value) if event.implicit[0] else event.value
        return value is not NOT_PLAIN and self._put(value)

    def _put(self, value: Any) -> bool:
        self._left -= 1
        if self._left < 0:
            return False
        if not self._open:
            self.root = value
            return True
        container, key = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        elif key is None:
            self._open[-1] = (container, value)
            return type(value) is str and value not in container
        else:
            container[key] = value
            self._open[-1] = (container, None)
        return True
