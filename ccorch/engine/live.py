"""A run that is not over, as the coordinator holds it in memory; all of it can be had again from its log."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from ccorch.engine import judging
from ccorch.engine.perform import Undone
from ccorch.ports import AttemptId
from ccorch.rules.findings import Watch
from ccorch.rules.progress import evolve
from ccorch.schema.event import Event, Reopened, Started
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, RunState

NEXT_TRY = ""
"""Name of the clock that wakes the run when a node may be tried again; all others are named by their gate."""


@dataclass
class LiveRun:
    """Its plan, its folded state, its attempts at work and what it waits for."""

    run: str
    plan: Plan
    launch: Launch
    state: RunState
    at_work: dict[AttemptId, asyncio.Task[None]] = field(default_factory=dict)
    ending: set[AttemptId] = field(default_factory=set)
    """Attempts that were asked to end."""
    wanted: list[Reopened] = field(default_factory=list)
    """What somebody wants done again, once nobody is at work on it."""
    undone: dict[str, Undone] = field(default_factory=dict)
    """Why nodes are done again, and whose findings led to it."""
    delayed: dict[str, float] = field(default_factory=dict)
    """Nodes that are tried again at a time."""
    held: dict[str, str] = field(default_factory=dict)
    """The budgets that nodes which could start wait for, as it was told."""
    clocks: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    watch: Watch = field(init=False)
    """What of the log is noticed."""

    def __post_init__(self) -> None:
        self.watch = Watch(self.plan)

    def take(self, event: Event) -> None:
        """Fold one more event; what work that is done again should know is kept before it is forgotten."""
        if isinstance(event, Reopened):
            # what is done again for another reason no longer is for the earlier one
            for node in event.nodes:
                self.undone.pop(node, None)
            self.undone.update(judging.undone(self.plan, self.state, event))
            self.delayed.update(dict.fromkeys(event.nodes, event.not_before) if event.not_before else {})
        if isinstance(event, Started):
            self.held.pop(event.node, None)
        self.state = evolve(self.state, event)

    def working_on(self, nodes: tuple[str, ...]) -> list[AttemptId]:
        """Attempts at work on these nodes."""
        if not self.at_work:
            return []
        wanted = frozenset(nodes)
        return [attempt for attempt in self.at_work if attempt.node in wanted]

    def next_try(self, now: float) -> float | None:
        """When the next node may be tried again; None when none waits for its time."""
        self.delayed = {node: at for node, at in self.delayed.items() if at > now}
        return min(self.delayed.values(), default=None)

    def wake(self, name: str, after: float, do: Callable[[], None]) -> None:
        """Do something after so many seconds, and not what was to be done under this name before."""
        self.rest(name)
        self.clocks[name] = asyncio.get_running_loop().call_later(max(after, 0.0), do)

    def rest(self, *names: str) -> None:
        """Stop the clocks of these names; of all without any."""
        for name in names or tuple(self.clocks):
            if (clock := self.clocks.pop(name, None)) is not None:
                clock.cancel()
