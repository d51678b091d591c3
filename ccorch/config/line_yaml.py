"""Reads YAML of which every line stands for itself, as in most large files: `key: word`, `- key: word`, `- word`.

What it gives is what `document.parse` gives. Everything else of YAML it leaves to others: words over several lines,
comments beside words, anchors, tags, mappings and lists in brackets but for lists of names.
"""

import re
from typing import Any

from ccorch.config.document import MAX_DEPTH
from ccorch.config.scalars import NOT_PLAIN, Scalars

_NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]*+"
_LINE = re.compile(
    rf"""^(?:
        (?P<indent>\ *+)(?P<dash>(?:-\ )?)(?:(?P<key>[A-Za-z_][A-Za-z0-9_-]{{0,99}}+):(?:\ ++(?=[^\ \n])|\ *+$))?
        (?P<word>(?:
            "[^"\\\n]*+"
            | '[^'\n]*+'
            | \[(?:{_NAME}(?:,\ {_NAME})*+)?\]
            | (?:[A-Za-z0-9_/]|[^\x00-\xa0])(?:[^\ :\n]++|:(?=[^\ \n])|\ ++(?=[^\ \#\n]))*+
        )?)\ *+
        | \ *+\#.*+
    )$""",
    re.MULTILINE | re.VERBOSE,
)
_STRANGE = re.compile("[^\n -~\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Whatever could be a blank, the end of a line or an error elsewhere."""

_MARKS = "\"'["
"""What a word begins with that is quoted, or a list."""

_EACH_LINE = 4
"""Values, at most, for which a line stands: a mapping in a list, its key, and a list."""

_DEEPEST = MAX_DEPTH - 4
"""Open lists and mappings up to which the next line can open more."""


def read(text: str, most: int) -> Any:
    """The data of a text of at most so many values; NOT_PLAIN where a line of it does not stand for itself."""
    if _STRANGE.search(text) or _EACH_LINE * text.count("\n") + text.count(",") + _EACH_LINE > most:
        return NOT_PLAIN
    lines = _LINE.findall(text)
    if len(lines) <= text.count("\n"):
        return NOT_PLAIN
    reading = _Reading()
    for indent, dash, key, word in lines:
        if not (reading.take(len(indent), dash, key, word) if key or dash else not word):
            return NOT_PLAIN
    return reading.root or NOT_PLAIN


class _Reading:
    """The mappings and lists that are open, each with its column, and a key whose value has not come yet."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[int, Any]] = [(0, self.root)]
        self._waits: str | None = None
        self._meant = Scalars().of
        self._keys: set[str] = set()

    def take(self, column: int, dash: str, key: str, word: str) -> bool:
        """Go on by one line; False when it does not stand for itself."""
        if self._waits is not None:
            self._begin(self._waits, column, dash)
        container = self._at(column, dash)
        if container is None:
            return False
        value = None if not word else self._marked(word) if word[0] in _MARKS else self._meant(word)
        if value is NOT_PLAIN:
            return False
        if not key:
            container.append(value)
            return bool(word)
        if dash:
            container.append({})
            container = container[-1]
            self._open.append((column + len(dash), container))
        if key in container or not self._is_text(key):
            return False
        container[key] = value
        self._waits = None if word else key
        return True

    def _at(self, column: int, dash: str) -> Any:
        """The list or mapping that goes on in this line; None where none does."""
        opened = self._open
        at, container = opened[-1]
        while at > column or (at == column and not dash and type(container) is list):
            opened.pop()
            at, container = opened[-1]
        fits = at == column and (type(container) is list) is bool(dash) and len(opened) <= _DEEPEST
        return container if fits else None

    def _begin(self, key: str, column: int, dash: str) -> None:
        """Open what begins in this line as the value of the key that waits, if it is more than nothing."""
        self._waits = None
        at, container = self._open[-1]
        if column > at or (dash and column == at):
            container[key] = [] if dash else {}
            self._open.append((column, container[key]))

    def _is_text(self, key: str) -> bool:
        if key not in self._keys and self._meant(key) == key:
            self._keys.add(key)
        return key in self._keys

    def _marked(self, word: str) -> Any:
        if word[0] != "[":
            return word[1:-1]
        items = [self._meant(item) for item in word[1:-1].split(", ")] if len(word) > 2 else []
        return NOT_PLAIN if NOT_PLAIN in items else items
