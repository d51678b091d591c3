"""The few moments by which a run went on: who worked how long, what waited, who decided, how it ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from ccorch.rules.plain import short
from ccorch.schema.base import Many, Value
from ccorch.schema.event import (
    Answered,
    Ended,
    Event,
    Finished,
    HeldBack,
    Moved,
    Omitted,
    Parked,
    PauseAsked,
    Reopened,
    RepairAsked,
    Rerouted,
    ResumeAsked,
    Skipped,
    Started,
    Steered,
    StopAsked,
    Submitted,
    Unparked,
)
from ccorch.schema.summary import RunSummary
from ccorch.views.timeline import words

_STEERS = (Answered, Moved, Omitted, Parked, PauseAsked, Reopened, RepairAsked, Rerouted, ResumeAsked, Skipped)
_TURNS = (Submitted, Started, HeldBack, Ended, Finished, Steered, StopAsked, Unparked, *_STEERS)

KINDS = frozenset(get_args(kind.model_fields["type"].annotation)[0] for kind in _TURNS)
"""Types of the events that milestones are made of; all others, the many, need not even be read."""

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


def milestones(summary: RunSummary, events: Iterable[Event], node: str | None = None) -> Milestones:
    """What these latest events tell, and of earlier ones what the summary knows; with `node` of that alone."""
    story = _Story(summary)
    for event in events:
        story.apply(event)
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

    def apply(self, event: Event) -> None:
        match event:
            case Started(node=node, attempt=attempt):
                self._attempt(node, attempt, event.at)
                if waited := self._waits.pop(node, None):
                    waited.seconds = event.at - waited.at
            case HeldBack(node=node):
                self._wait(node, event)
            case Ended(node=node, attempt=attempt, reason=reason):
                self._end(node, attempt, event.at, event.word, reason)
            case _:
                self._is_submitted = self._is_submitted or isinstance(event, Submitted)
                for name in event.nodes if isinstance(event, Reopened) else ():
                    self._set_back(name, event.at)
                self._others.append(_Told(event.at, getattr(event, "node", None), words(event)))

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

    def _wait(self, node: str, event: HeldBack) -> None:
        known = self._waits.get(node)
        if known is None:
            known = self._waits[node] = _Told(event.at, node, "")
            self._others.append(known)
        known.text = words(event)

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
