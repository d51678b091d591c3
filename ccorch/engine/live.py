"""A run that is not over, as the coordinator holds it in memory; all of it can be had again from its log."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ccorch.engine import judging
from ccorch.engine.perform import Undone
from ccorch.errors import CcorchError
from ccorch.ports import AttemptId, Runs
from ccorch.rules.findings import Watch
from ccorch.rules.progress import evolve
from ccorch.rules.rerouting import on_its_way
from ccorch.rules.retry import wait_seconds
from ccorch.schema.checkpoint import Checkpoint
from ccorch.schema.event import Event, Metered, Parked, Reopened, Rerouted, Started, Unparked
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run import Launch
from ccorch.schema.run_state import RunState
from ccorch.views.checkpoint import FILE, Account

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
    parked: dict[str, float] = field(default_factory=dict)
    """Profiles on which nothing starts, as the run was told, and until when."""
    turns: dict[str, int] = field(default_factory=dict)
    """Turns that nodes have had in the session that goes on."""
    clocks: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    is_lost: bool = False
    """Whether its folder was deleted, so that nothing of it can be written down."""
    watch: Watch = field(init=False)
    """What of the log is noticed."""
    due: Checkpoint | None = None
    """The checkpoint that the last event made due."""

    def __post_init__(self) -> None:
        self.watch = Watch(self.plan)
        self._account = Account(self.plan.limits.checkpoint)

    def take(self, event: Event) -> None:
        """Fold one more event; what work that is done again should know is kept before it is forgotten."""
        match event:
            case Reopened():
                self._set_back(event)
            case Rerouted(node=node):
                self.turns.pop(node, None)
                if (undone := self.undone.get(node)) is not None:
                    # a session holds what only the provider that wrote it may accept
                    self.undone[node] = replace(undone, resumes=None)
            case Metered(node=node, model=str()):
                self.turns[node] = self.turns.get(node, 0) + 1
            case Parked(profile=profile, until=until):
                self.parked[profile] = until
            case Unparked(profile=profile):
                self.parked.pop(profile, None)
            case Started(node=node):
                self.held.pop(node, None)
        self.state = evolve(self.state, event)
        if self.plan.worker != "simulated":  # where nobody works there is nothing to account for
            self.due = self._account.take(event, self.state)

    def keep(self, runs: Runs) -> None:
        """Write down the checkpoint that is due; where that fails, what it tells still stands in the log."""
        if self.due is None:
            return
        with suppress(CcorchError):
            runs.grow(self.run, FILE, self.due.model_dump_json(exclude_defaults=True).encode() + b"\n")
        self.due = None

    def _set_back(self, event: Reopened) -> None:
        for node in event.nodes:
            # what is done again for another reason no longer is for the earlier one
            self.undone.pop(node, None)
            if node != event.node or event.cause not in ("quota", "overload"):
                self.turns.pop(node, None)
        self.undone.update(judging.undone(self.plan, self.state, event))
        self.delayed.update(dict.fromkeys(event.nodes, event.not_before) if event.not_before else {})

    def timed(self, due: Reopened, now: float) -> Reopened:
        """The same with the time before which a failed node is not tried again."""
        if due.cause not in ("lost", "failed", "timed_out") or due.node is None:
            return due
        wait = wait_seconds(self.plan.limits.retries, self.state.nodes[due.node].reopened.get(due.cause, 0))
        return due.model_copy(update={"not_before": now + wait}) if wait else due

    def on_its_way(self, name: str) -> PlanNode:
        """A node with the route that it takes; what was parked goes on within the turns that it had."""
        node = on_its_way(self.plan.by_id[name], self.state.nodes[name].way)
        turns = self.turns.get(name, 0)
        return node.model_copy(update={"max_turns": max(node.max_turns - turns, 1)}) if turns else node

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
