"""What is shown of one run that was opened: everything that `ccorch show` says, or its log as it grows."""

from __future__ import annotations

import io
import json
from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any

from ccorch.errors import CcorchError
from ccorch.frontends.cli.feed import Feed
from ccorch.frontends.cli.screen import Screen
from ccorch.frontends.cli.top_rows import Line
from ccorch.operations.registry import BY_NAME
from ccorch.rules.plain import line
from ccorch.schema.following import ShowRequest

if TYPE_CHECKING:
    from ccorch.operations.house import House

FIRST = 262_144
"""Bytes at the end of a log that are shown when it is opened."""

KEPT = 5_000
"""Lines of a log that can be scrolled back to."""

SECONDS = 1.0
"""Least time between two looks at a run that has news."""


class Page(ABC):
    """The lines of one run, and where its reader stands in them."""

    def __init__(self, house: House, run: str) -> None:
        self.house = house
        self.run = run
        self.top = 0
        self.follows = False
        """Whether the end is shown, also when it moves."""

    @abstractmethod
    def lines(self, width: int) -> list[Line]:
        """All lines at this width."""

    @abstractmethod
    def renew(self, cursor: int) -> None:
        """Look again; `cursor` is the number of the run's last event."""

    def move(self, by: int) -> None:
        """Scroll; going up leaves the end, going past the end stays there."""
        self.follows = False
        self.top = max(self.top + by, 0)

    def frame(self, width: int, height: int) -> list[Line]:
        """The lines that the reader sees."""
        lines = self.lines(width)
        last = max(len(lines) - height, 0)
        if self.top >= last and self.top:
            self.follows = self.follows or isinstance(self, Log)
        self.top = last if self.follows else min(self.top, last)
        return lines[self.top : self.top + height]


class Shown(Page):
    """What `ccorch show` says."""

    def __init__(self, house: House, run: str) -> None:
        super().__init__(house, run)
        self._cursor = -1
        self._looked = 0.0
        self._reply: Any = None
        self._drawn: tuple[int, list[Line]] | None = None

    def renew(self, cursor: int) -> None:
        """Ask again when there is news, not more often than once a second."""
        now = self.house.clock.now()
        if self._reply is not None and (cursor == self._cursor or 0 <= now - self._looked < SECONDS):
            return
        self._reply = BY_NAME["show"].do(self.house, ShowRequest(run=self.run))
        self._cursor, self._looked, self._drawn = cursor, now, None

    def lines(self, width: int) -> list[Line]:
        """The same lines as those of the command, folded to the width."""
        if self._drawn is None or self._drawn[0] != width:
            from ccorch.frontends.cli.render import rendered

            screen = Screen(io.StringIO(), io.StringIO(), width, live=True)
            shown = [Line(text) for text in rendered(self._reply, screen)] if self._reply else []
            self._drawn = (width, shown)
        return self._drawn[1]


class Log(Page):
    """The events as they come."""

    def __init__(self, house: House, run: str) -> None:
        super().__init__(house, run)
        self.follows = True
        self._offset = -FIRST
        self._events: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def renew(self, cursor: int) -> None:
        """Read on."""
        while True:
            found = self.house.library.tail(self.run, self._offset)
            if found is None:
                raise CcorchError(f"the log of run {self.run} is gone")
            self._offset = found.offset
            for raw in found.lines:
                self._take(raw)
            if found.is_all:
                return

    def _take(self, raw: bytes) -> None:
        try:
            event = json.loads(raw)
        except ValueError:
            return
        # a sum that began in the middle of a log would be a wrong one
        if isinstance(event, dict) and event.get("type") != "metered":
            self._events.append(event)

    def lines(self, width: int) -> list[Line]:
        """A line for each event that says something."""
        feed = Feed(Screen(io.StringIO(), io.StringIO(), width, live=True))
        return [Line(text) for event in self._events for text in _told(feed, event)]


def _told(feed: Feed, event: dict[str, Any]) -> list[str]:
    try:
        return list(feed.lines(event))
    except (KeyError, TypeError, ValueError):
        return [f"(no event: {line(json.dumps(event))[:80]})"]
