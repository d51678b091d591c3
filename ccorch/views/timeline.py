"""What happened, in order, a sentence each; equal things in a row are told once."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ccorch.rules.amounts import money, size, span, tokens
from ccorch.schema.base import Many, Value
from ccorch.schema.event import (
    Answered,
    BudgetReached,
    CommandRan,
    Ended,
    Event,
    Finished,
    Found,
    HeldBack,
    Metered,
    ModelServed,
    Moved,
    Noted,
    Omitted,
    OutputReached,
    Parked,
    PauseAsked,
    Reopened,
    RepairAsked,
    RequestRetried,
    Rerouted,
    ResumeAsked,
    Said,
    Skipped,
    Started,
    Steered,
    StopAsked,
    Submitted,
    ToolBegan,
    ToolCalled,
    ToolDenied,
    ToolFailed,
    Unparked,
    WorkerReady,
)
from ccorch.schema.fact import Wish, named
from ccorch.views import phrases


class Moment(Value):
    """A thing that happened."""

    seq: int
    """Number of the event, of the first one when several are told together."""
    at: float
    """Unix time."""
    since: float
    """Seconds since the run was submitted."""
    node: str | None
    """Node it happened in; null for the whole run."""
    attempt: int | None
    """Attempt it happened in."""
    type: str
    """Kind of event."""
    text: str
    """What happened, in words; names and quotes in it are the worker's."""
    times: int = 1
    """How often in a row."""


class TimelineView(Value):
    """A run's story."""

    moments: Many[Moment]
    """The latest moments, oldest first."""
    left_out: int
    """Earlier moments that are not shown."""


class Timeline:
    """A running story that keeps its latest moments: apply each event once, look whenever you like."""

    def __init__(self, keep: int = 200) -> None:
        self._kept: deque[_Told] = deque(maxlen=keep)
        self._told = 0
        self._began: float | None = None

    def apply(self, event: Event) -> None:
        """Take one more event."""
        if self._began is None:
            self._began = event.at
        told = _Told(event, words(event), *_where(event))
        last = self._kept[-1] if self._kept else None
        if last and (last.node, last.attempt, last.text) == (told.node, told.attempt, told.text):
            last.times += 1
        else:
            self._kept.append(told)
            self._told += 1

    def view(self) -> TimelineView:
        """What is known now."""
        moments = tuple(told.moment(self._began or 0.0) for told in self._kept)
        return TimelineView(moments=moments, left_out=self._told - len(moments))


def timeline(events: Iterable[Event], keep: int = 200) -> TimelineView:
    """The story that a whole log tells."""
    story = Timeline(keep)
    for event in events:
        story.apply(event)
    return story.view()


def words(event: Event) -> str:
    """One event as a sentence."""
    match event:
        case Submitted():
            return phrases.submitted(event.by, event.who)
        case Started(attempt=attempt):
            return f"attempt {attempt} began"
        case WorkerReady(model=model, cli_version=version):
            return f"Claude Code {version} is ready with {model}"
        case ModelServed(model=model):
            return f"{model} answers"
        case ToolCalled(tool=tool, target=target):
            return f"{tool} {target}".strip()
        case CommandRan(command=command, status=status, seconds=seconds):
            return f"`{command}` {command_end(status)} after {span(seconds)}"
        case ToolBegan(tool=tool):
            return f"{tool} was not refused"
        case ToolFailed(tool=tool, status=status):
            return f"{tool} failed" if status is None else f"{tool} ended with status {status}"
        case ToolDenied(tool=tool, reason=reason):
            return f"{tool} was refused: {reason}"
        case Said(text=text):
            return f"“{text}”"
        case RequestRetried(status=status, error=error):
            return f"asked again after {status or 'no answer'} {error}".strip()
        case Noted(text=text):
            return f"noted {_from(event)}: “{text[:240]}”" if text else f"{_from(event)}: what it has spent itself"
        case Steered(text=text):
            return f"told {_from(event)}: “{text[:240]}”"
        case RepairAsked(reason=reason):
            return f"asked to mend its handoff: {reason}"
        case Metered():
            return _metered(event)
        case BudgetReached(pool=pool, share=share, limit_usd=limit):
            shown = f"{tokens(event.limit_tokens)} tokens" if limit is None else money(limit)
            return f"{share:.0%} of {pool} ({shown}) is spent"
        case HeldBack(reason=reason):
            return phrases.held_back(reason)
        case Found(finding=finding):
            return f"{finding.severity}: {finding.message}"
        case Ended(outcome=outcome, reason=reason):
            word = event.word if outcome == "done" else f"ended as {outcome}"
            return f"{word}: {reason}" if reason else word
        case Skipped(reason=reason):
            return f"skipped: {reason}"
        case Omitted(reason=reason):
            return f"passed over: {reason}"
        case Reopened():
            return _reopened(event)
        case OutputReached(limit=limit, bytes=written, does=does):
            return f"{size(written)} reach {limit}: {_DOES[does]}"
        case Parked() | Unparked() | Rerouted():
            return _shut(event)
        case Answered(choice=choice, reason=reason):
            return f"answered {choice} {_from(event)}{f': {reason}' if reason else ''}"
        case PauseAsked(reason=reason):
            return f"paused {_from(event)}{f': {reason}' if reason else ''}"
        case ResumeAsked():
            return f"resumed {_from(event)}{_since(event.drift)}"
        case Moved(priority=priority):
            return f"moved to priority {priority} {_from(event)}"
        case StopAsked(reason=reason):
            return f"stop asked {_from(event)}: {reason}" if reason else f"stop asked {_from(event)}"
        case Finished(status=status):
            return phrases.finished(status)


def command_end(status: int | None) -> str:
    """How a command ended, in words."""
    if status is None:
        return "could not be run"
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"


def _shut(event: Parked | Unparked | Rerouted) -> str:
    match event:
        case Parked(profile=profile, error=error, said=said, told=told):
            limit = f" of its {event.window} limit" if event.window else ""
            time = "as it says" if told else "it does not say until when"
            return f"nothing starts on {profile}: {error}{limit} ({said}; {time})"
        case Unparked(profile=profile):
            return f"{profile} is free again"
        case Rerouted(left=left, profile=profile, model=model, error=error, reason=reason):
            return f"goes on with {profile} · {model} instead of {left}: {error}{f' ({reason})' if reason else ''}"


def _from(event: Wish | Answered) -> str:
    return f"from {named(event.by, event.who)}"


def _reopened(event: Reopened) -> str:
    why = f": {event.reason}" if event.reason else ""
    if event.by == "retry":
        return f"{', '.join(event.nodes)} is tried again after it {_CAUSES.get(event.cause, event.cause)}{why}"
    return f"{', '.join(event.nodes)} set back by {named(event.by, event.who)}{why}{_since(event.drift)}"


def _since(drift: Sequence[str]) -> str:
    return f"; since it was planned: {'; '.join(drift)}" if drift else ""


_DOES = {"warn": "a warning", "stop": "it is stopped", "truncate": "what follows is left out"}

_CAUSES = {
    "lost": "was lost",
    "failed": "failed",
    "timed_out": "took too long",
    "quota": "met a spent quota",
    "overload": "met an overloaded provider",
    "auth": "was refused its credential",
    "refusal": "was refused an answer",
}


def _metered(event: Metered) -> str:
    used = f"{tokens(event.input_tokens)} tokens in, {tokens(event.output_tokens)} out"
    cost = "plan" if event.plan else "price unknown" if event.usd is None else money(event.usd)
    return f"{event.model or 'no answer'}: {used}, {cost}{'' if event.exact else ' (estimate)'}"


@dataclass
class _Told:
    event: Event
    text: str
    node: str | None
    attempt: int | None
    times: int = 1

    def moment(self, began: float) -> Moment:
        return Moment(
            seq=self.event.seq,
            at=self.event.at,
            since=round(max(self.event.at - began, 0.0), 3),
            node=self.node,
            attempt=self.attempt,
            type=self.event.type,
            text=self.text,
            times=self.times,
        )


def _where(event: Event) -> tuple[str | None, int | None]:
    about = event.finding if isinstance(event, Found) else event
    return getattr(about, "node", None), getattr(about, "attempt", None)
