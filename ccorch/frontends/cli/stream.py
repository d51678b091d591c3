"""What workers say and do, in full, as it comes: their texts, their tools, and what these gave back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ccorch.frontends.cli.feed import Feed
from ccorch.frontends.cli.layout import MARGIN, clip, wrapped
from ccorch.ports.attempt import attempt_file
from ccorch.rules.plain import line, plain
from ccorch.schema.following import ShowRequest

if TYPE_CHECKING:
    from ccorch.frontends.cli.screen import Screen, Style
    from ccorch.operations.house import House

PAUSE = 0.2
"""Seconds between two looks."""

MOST_LINES = 8
"""Lines of what a tool gave back."""

LONGEST = 20_000
"""Letters of one text."""

TELLING = ("command", "file_path", "pattern", "path", "url", "query", "description", "prompt")
"""Inputs of a tool by which people know what it does, the best first."""

DECIDED = (
    *("ended", "skipped", "omitted", "reopened", "found", "answered", "steered", "repair_asked", "tool_denied"),
    *("stop_asked", "pause_asked", "resume_asked", "budget_reached", "rerouted", "finished"),
)
"""Events that stand between what workers say."""


def run(house: House, request: ShowRequest, screen: Screen, wants_json: bool, follows: bool, holds: bool) -> int:
    """Tell what there is, and with `follows` go on until the run is over; the worker goes on whoever leaves.

    As JSON each message of a worker is a line.
    """
    from ccorch.operations import which

    name, _ = which.to_read(house, request.run)
    watched = _Watched(house, name, request.node, screen, wants_json)
    while True:
        over = watched.look()
        if over or not follows:
            break
        house.pause(PAUSE)
    if holds and screen.live and sys.stdin is not None and sys.stdin.isatty():
        screen.show([screen.styled("over; Enter closes this window", "dim")])
        sys.stdin.readline()
    return 0


@dataclass
class _Watched:
    house: House
    run: str
    node: str | None
    screen: Screen
    wants_json: bool
    offset: int = 0
    places: dict[tuple[str, int], int] = field(default_factory=dict)
    """How far the stream of each attempt was told."""
    over: bool = False

    def look(self) -> bool:
        """Tell what is new; True once the run is over and everything was told."""
        while True:
            found = self.house.library.tail(self.run, self.offset)
            if found is None:
                return True
            self.offset = found.offset
            for raw in found.lines:
                self._event(_parsed(raw))
            if found.is_all:
                break
        for attempt in self.places:
            self._tell(attempt)
        return self.over

    def _event(self, event: Mapping[str, Any]) -> None:
        kind, node = event.get("type"), event.get("node")
        if kind == "reopened":
            self.over = False
        elif kind == "finished":
            self.over = True
        if self.node is not None and node not in (self.node, None):
            return
        if kind == "started" and isinstance(node, str):
            self.places.setdefault((node, event.get("attempt", 1)), 0)
            self._say([self.screen.styled(f"── {node}, attempt {event.get('attempt', 1)}", "bold")])
        elif kind in DECIDED:
            for attempt in [one for one in self.places if one[0] == node]:
                self._tell(attempt)  # what it said stands before how it ended
            try:
                self._say(Feed(self.screen).lines(event))
            except (KeyError, TypeError):
                return  # what only looks like an event is left out

    def _say(self, lines: Iterable[str]) -> None:
        """Lines between the messages, for people."""
        if not self.wants_json:
            self.screen.show(lines)

    def _tell(self, attempt: tuple[str, int]) -> None:
        name = attempt_file(*attempt, "stream.ndjson")
        while True:
            found = self.house.library.tail(self.run, self.places[attempt], name)
            if found is None:
                return
            self.places[attempt] = found.offset
            width = self.screen.room_now()
            several = len({node for node, _ in self.places}) > 1
            for raw in found.lines:
                if self.wants_json:
                    self._as_data(attempt, _parsed(raw))
                    continue
                lead = f"{attempt[0]} {MARGIN}" if several else MARGIN
                for text, styles in told(_parsed(raw), max(width - len(lead), 20)):
                    self.screen.show([self.screen.styled(lead + text, *styles)])
            if found.is_all:
                return

    def _as_data(self, attempt: tuple[str, int], message: Mapping[str, Any]) -> None:
        if message:
            self.screen.data({"node": attempt[0], "attempt": attempt[1], "message": message})


def told(message: Mapping[str, Any], width: int) -> Iterator[tuple[str, tuple[Style, ...]]]:
    """Lines for one message of a worker's stream, and how they look; nothing for what only programs need."""
    body = message.get("message")
    content = body.get("content") if isinstance(body, dict) else None
    if message.get("type") == "result":
        yield from _result(message)
    elif message.get("type") in ("assistant", "user") and isinstance(content, list):
        for block in content:
            if isinstance(block, dict):
                yield from _block(block, width)


def _block(block: Mapping[str, Any], width: int) -> Iterator[tuple[str, tuple[Style, ...]]]:
    match block:
        case {"type": "text", "text": str(text)}:
            yield from ((part, ()) for part in wrapped(text[:LONGEST], width))
        case {"type": "thinking", "thinking": str(text)}:
            yield from ((part, ("dim",)) for part in wrapped(text[:LONGEST], width))
        case {"type": "tool_use", "name": str(name), "input": dict(given)}:
            yield clip(f"● {line(name)} {_about(given)}", width), ("cyan",)
        case {"type": "tool_result"}:
            style: Style = "red" if block.get("is_error") else "dim"
            lines = plain(_text(block.get("content"))[:LONGEST]).expandtabs(4).splitlines()
            yield from ((clip(f"  {part}", width), (style,)) for part in lines[:MOST_LINES])
            if len(lines) > MOST_LINES:
                yield f"  … {len(lines) - MOST_LINES} more lines", ("dim",)


def _result(message: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Style, ...]]]:
    turns = message.get("num_turns")
    said = f" after {turns} turn{'s' if turns != 1 else ''}" if isinstance(turns, int) else ""
    yield f"■ {line(str(message.get('subtype', 'over')))}{said}", ("bold",)


def _about(given: Mapping[str, Any]) -> str:
    best = next((str(given[name]) for name in TELLING if given.get(name)), "")
    return line((best or json.dumps(given, ensure_ascii=False))[:400])


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _parsed(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):  # a worker calls tools with what it likes
        return {}
    return found if isinstance(found, dict) else {}
