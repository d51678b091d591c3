"""The few moments by which a run went on: who worked how long, what waited, who decided, how it ended."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ccorch.rules.plain import short
from ccorch.schema.base import Many, Value
from ccorch.schema.status import ending
from ccorch.schema.summary import RunSummary
from ccorch.views import phrases

KINDS = frozenset(
    b"submitted started held_back ended finished steered stop_asked unparked answered moved omitted parked "
    b"pause_asked reopened repair_asked rerouted resume_asked skipped".split()
)
"""Types of the events that milestones are made of; of all others, the many, only the beginning is looked at."""

_HEAD = (b"{", b"seq", b"at", b"type")
"""What stands first in a line that ccorch wrote, between quotes; any other spelling is read whole."""

LONGEST = 160
"""Letters of one of them."""

FIRST, LAST = 2, 10
"""How many are told of the beginning and of the end."""


class Milestone(Value):
    """Something by which a run went on."""

    since: float
    """Seconds after the run was submitted."""
    node: str | None
    """Node or gate; null for the whole run."""
    text: str
    """What happened, in words; names and quotes in it are the worker's."""
    seconds: float | None = None
    """How long it took; null for what takes no time, or is not over."""


class Milestones(Value):
    """A run's story in a dozen lines."""

    told: Many[Milestone]
    """The first two and the latest ten, in order."""
    left_out: int = 0
    """How many between them are not told; the view `timeline` tells every event."""


@dataclass
class _Told:
    at: float
    node: str | None
    text: str
    seconds: float | None = None


def milestones(summary: RunSummary, lines: Iterable[bytes], node: str | None = None) -> Milestones:
    """What the log's last lines tell, and of earlier ones what the summary knows; with `node` of that alone.

    Raises ValueError for a line that is no event.
    """
    story = _Story(summary)
    for line in lines:
        head = line.split(b'"', 8)  # a fraction of the time that a pattern or a parser takes
        if len(head) < 9 or (head[0], head[1], head[3], head[5]) != _HEAD or head[7] in KINDS:
            story.take(line)
    begun = summary.submitted_at or 0.0
    told = sorted((one for one in story.all() if node in (None, one.node)), key=lambda one: one.at)
    left = max(len(told) - FIRST - LAST, 0)
    shown = [*told[:FIRST], *told[FIRST + left :]]
    return Milestones(told=tuple(_milestone(one, begun) for one in shown), left_out=left)


def _milestone(one: _Told, begun: float) -> Milestone:
    took = None if one.seconds is None else round(max(one.seconds, 0.0), 3)
    since, text = round(max(one.at - begun, 0.0), 3), short(one.text, LONGEST)
    return Milestone(since=since, node=one.node, text=text, seconds=took)


class _Story:
    def __init__(self, summary: RunSummary) -> None:
        self._summary = summary
        self._gates = {gate.id: gate.question for gate in summary.gates}
        self._begun: dict[tuple[str, int], _Told] = {}
        self._waits: dict[str, _Told] = {}
        self._others: list[_Told] = []
        self._is_submitted = False
        for one in summary.nodes:
            if one.started_at is not None:
                self._attempt(one.id, one.attempt, one.started_at)
                if one.ended_at is not None:
                    word = "set back" if one.status == "waiting" else one.word
                    self._end(one.id, one.attempt, one.ended_at, word, one.reason)

    def take(self, line: bytes) -> None:
        event = json.loads(line)
        at = event["at"] if isinstance(event, dict) and isinstance(event.get("at"), float) else None
        match event:
            case _ if at is None:
                self._other(line, event)
            case {"type": "submitted", "by": str(by)}:
                self._is_submitted = True
                self._others.append(_Told(at, None, phrases.submitted(by, event.get("who", ""))))
            case {"type": "started", "node": str(node), "attempt": int(attempt)}:
                self._attempt(node, attempt, at)
                if waited := self._waits.pop(node, None):
                    waited.seconds = at - waited.at
            case {"type": "held_back", "node": str(node), "reason": str(reason)}:
                self._wait(node, at, reason)
            case {"type": "ended", "node": str(node), "attempt": int(attempt), "passed": bool(passed)}:
                word = ending(event.get("outcome", "done"), passed)
                self._end(node, attempt, at, word, event.get("reason", ""))
            case {"type": "finished", "status": str(status)}:
                self._others.append(_Told(at, None, phrases.finished(status)))
            case _:
                self._other(line, event)

    def all(self) -> Iterable[_Told]:
        if not self._is_submitted and self._summary.submitted_at is not None:
            yield _Told(self._summary.submitted_at, None, "submitted")
        yield from self._others
        yield from self._begun.values()

    def _attempt(self, node: str, attempt: int, at: float) -> None:
        question = self._gates.get(node)
        judges = f"asks: {question}" if question else "judges"
        text = judges if node in self._gates else f"attempt {attempt} at work"
        self._begun.setdefault((node, attempt), _Told(at, node, text))

    def _other(self, line: bytes, told: Mapping[str, Any]) -> None:
        from ccorch.schema.event import AnyEvent  # most runs just begin and end, which needs none of them
        from ccorch.views.timeline import words

        event = AnyEvent.validate_json(line)
        if event.type.encode() not in KINDS:
            return
        for name in told["nodes"] if event.type == "reopened" else ():
            self._set_back(name, event.at)
        self._others.append(_Told(event.at, told.get("node"), words(event)))

    def _wait(self, node: str, at: float, reason: str) -> None:
        known = self._waits.get(node)
        if known is None:
            known = self._waits[node] = _Told(at, node, "")
            self._others.append(known)
        known.text = phrases.held_back(reason)

    def _set_back(self, node: str, at: float) -> None:
        for (name, attempt), told in self._begun.items():
            if name == node and told.seconds is None:
                told.text, told.seconds = f"attempt {attempt} set back", at - told.at

    def _end(self, node: str, attempt: int, at: float, word: str, reason: str) -> None:
        why = f": {reason}" if reason else ""
        told = self._begun.setdefault((node, attempt), _Told(at, node, ""))
        if told.seconds is None:
            again = f"attempt {attempt} " if node not in self._gates else ""
            told.text, told.seconds = f"{again}{word}{why}", at - told.at
