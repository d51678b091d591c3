"""Where a run and its nodes stand, as folded from the log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ccorch.schema.base import Value
from ccorch.schema.breaker import ErrorClass
from ccorch.schema.row import Row
from ccorch.schema.status import NodeStatus, Outcome


class NodeState(Value):
    """Where a node stands."""

    status: NodeStatus = "waiting"
    """Its state."""
    attempt: int = 0
    """Latest attempt; 0 before the first."""
    outcome: Outcome | None = None
    """How the latest attempt ended."""
    reason: str = ""
    """Why, in words."""
    reopened: dict[str, int] = {}
    """How often its end has led to a reopening, by cause."""
    not_before: float = 0.0
    """Unix time before which it does not start."""
    held: str = ""
    """Why it does not start although it could, in words."""
    way: int = 0
    """Which of its routes it takes: 0 is its own, 1 the first fallback."""
    leaves: ErrorClass | None = None
    """Class of error for which it has to take another route before it starts; null when it need not."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A node's state, and what of its needs stands in its way."""

    state: NodeState
    unmet: int
    """How many of its needs have not passed."""
    broken: int
    """How many of its needs are over without having passed."""


@dataclass(frozen=True, eq=False)
class Wiring:
    """Who needs whom, by the nodes' positions in the plan; the same for all states of a run."""

    positions: Mapping[str, int]
    """Where each node stands in the plan."""
    dependents: tuple[tuple[int, ...], ...]
    """The nodes that need each node, once for each time that they name it."""
    appeals: tuple[Mapping[str, int], ...] = ()
    """How often the end of each node may lead to a reopening, by cause."""
    workers: int = 0
    """How many of the first positions are done by workers; the others are gates."""


class NodeStates(Mapping[str, NodeState]):
    """The state of every node, in declared order."""

    __slots__ = ("spots", "wiring")

    def __init__(self, wiring: Wiring, spots: Row[Spot]) -> None:
        self.wiring = wiring
        self.spots = spots

    def __getitem__(self, node: str) -> NodeState:
        return self.spots[self.wiring.positions[node]].state

    def __iter__(self) -> Iterator[str]:
        return iter(self.wiring.positions)

    def __len__(self) -> int:
        return len(self.wiring.positions)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass(frozen=True, slots=True)
class Tally:
    """What follows from the states of all nodes, so that no rule has to look at all of them.

    Sets of nodes are whole numbers, one bit for each position in the plan: they have an order and cannot change.
    """

    waiting: int
    """Nodes that wait."""
    ready: int
    """Waiting nodes whose needs have all passed."""
    blocked: int
    """Waiting nodes of which a need is over without having passed."""
    appealing: int = 0
    """Failed nodes that may still be reopened."""
    running: int = 0
    """How many nodes are at work."""
    judging: int = 0
    """How many gates are under judgement or wait for an answer."""
    passed: int = 0
    """How many nodes have passed or were passed over."""
    failed: int = 0
    """How many nodes have failed."""
    timed_out: int = 0
    """How many of the failed ran out of time."""


@dataclass(frozen=True)
class RunState:
    """A run as its log says it is."""

    nodes: NodeStates
    """Every node of the plan."""
    tally: Tally
    """What follows from them."""
    stopping: bool = False
    """Whether somebody asked to stop."""
    paused: bool = False
    """Whether nothing more is started until somebody asks for it."""
    rerun: bool = False
    """Whether it waits because somebody set back work of a run that was over."""
    priority: int = 0
    """Its place in the queue: runs with a higher one start first."""
    finished: Literal["done", "failed", "timed_out", "cancelled"] | None = None
    """How the run ended; null while it is not over."""

    def is_running(self, node: str, attempt: int) -> bool:
        """Whether exactly this attempt of the node is at work."""
        state = self.nodes[node]
        return state.status == "running" and state.attempt == attempt
