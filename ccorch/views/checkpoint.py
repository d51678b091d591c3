"""Checkpoints: a running account of what a run did since the last one, in time that no plan's size changes."""

from collections import Counter
from collections.abc import Iterable

from ccorch.rules.plain import few
from ccorch.schema.checkpoint import Checkpoint
from ccorch.schema.event import (
    BudgetReached,
    Ended,
    Event,
    Finished,
    Found,
    Omitted,
    Reopened,
    Rerouted,
    Skipped,
    Started,
    Submitted,
    ToolCalled,
)
from ccorch.schema.policy import Checkpoints
from ccorch.schema.run_state import RunState

MOST = 8
"""Most things of a kind in one checkpoint."""

LONGEST = 120
"""Letters of one of them."""

WRITING = ("Edit", "MultiEdit", "NotebookEdit", "Write")

FILE = "checkpoints.ndjson"
"""Where a run keeps them, one on a line."""


class Account:
    """Take every event of a run with the state after it; gives a checkpoint where one is due."""

    def __init__(self, often: Checkpoints) -> None:
        self._often = often
        self._number = 0
        self._events = 0
        self._since: float | None = None
        self._at_work: dict[str, int] = {}
        self._begin()

    def take(self, event: Event, state: RunState) -> Checkpoint | None:
        """The checkpoint that this event makes due; a run that is over gets no more."""
        if isinstance(event, Submitted):
            return None  # what accepts a run is no part of it
        if self._since is None:
            self._since = event.at
        self._events += 1
        self._note(event)
        if isinstance(event, Finished) or not self._is_due(event):
            return None
        made = self._made(event, state)
        self._begin()
        self._number, self._events, self._since = made.number, 0, event.at
        return made

    def _is_due(self, event: Event) -> bool:
        often = self._often
        by_count = often.events and self._events >= often.events
        by_time = often.seconds and self._since is not None and event.at - self._since >= often.seconds
        return bool(by_count or by_time)

    def _begin(self) -> None:
        self._done: list[str] = []
        self._found: Counter[str] = Counter()
        self._changed: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()
        self._tools: dict[str, Counter[str]] = {}
        self._drift: Counter[str] = Counter()

    def _note(self, event: Event) -> None:
        match event:
            case Started(node=node, attempt=attempt):
                self._at_work[node] = attempt
            case Ended(node=node, passed=passed, outcome=outcome):
                self._at_work.pop(node, None)
                self._done.append(f"{node} passed" if passed else f"{node} failed: {outcome}")
            case Skipped(node=node) | Omitted(node=node):
                self._done.append(f"{node} {event.type}")
            case ToolCalled(node=node, tool=tool, target=target):
                self._tools.setdefault(node, Counter())[tool] += 1
                (self._changed if tool in WRITING else self._calls)[f"{tool} {target}".strip()] += 1
            case Found(finding=finding):
                self._found[" ".join(filter(None, (finding.node, finding.code)))] += 1
                if finding.code in ("route_mismatch", "write_scope"):
                    self._drift[finding.code] += 1
            case Reopened(nodes=nodes):
                self._drift[f"{', '.join(nodes[:3])} set back: {event.cause}"] += 1
            case Rerouted(node=node, profile=profile):
                self._drift[f"{node} goes on with {profile}"] += 1
            case BudgetReached(pool=pool, share=share):
                self._drift[f"{share:.0%} of {pool} spent"] += 1

    def _made(self, event: Event, state: RunState) -> Checkpoint:
        work = [f"{node} at work" for node in self._at_work]
        waits = state.tally.waiting.bit_count()
        tools = (
            f"{node}: {', '.join(f'{tool} ×{n}' for tool, n in own.items())}" for node, own in self._tools.items()
        )
        return Checkpoint(
            number=self._number + 1,
            seq=event.seq,
            at=event.at,
            done=_short((*self._done, *tools)),
            found=_short(_counted(self._found)),
            changed=_short(name.partition(" ")[2] for name in self._changed),
            repeated=_short(_counted({name: n for name, n in self._calls.most_common(MOST) if n > 1})),
            remaining=(*_short(work), *((f"{waits} wait",) if waits else ())),
            drift=_short(_counted(self._drift)),
        )


def _counted(found: dict[str, int]) -> Iterable[str]:
    return (f"{name} ×{count}" if count > 1 else name for name, count in found.items())


def _short(said: Iterable[str]) -> tuple[str, ...]:
    return few(said, MOST, LONGEST)
