"""One execution of a plan: its submission, its state as folded from the log, and what a reader sees."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ccorch.schema.base import Many, Value
from ccorch.schema.event import Caller, Outcome
from ccorch.schema.ids import RunId
from ccorch.schema.plan import Plan
from ccorch.schema.row import Row

RunStatus = Literal["queued", "running", "recovering", "done", "failed", "timed_out", "cancelled"]
NodeStatus = Literal["waiting", "running", "passed", "failed", "skipped"]
OVER: tuple[RunStatus, ...] = ("done", "failed", "timed_out", "cancelled")


class Launch(Value):
    """What depends on the caller's machine; kept in the state folder, never in the workspace."""

    project: str
    """Absolute path of the project."""
    claude: str | None
    """Absolute path of the claude binary; null for simulated workers."""
    script: str | None = None
    """Absolute path of the script that the scripted model plays."""
    environment: dict[str, str]
    """Caller's variables that workers are given: PATH, locale, proxies, certificates."""
    idle_exit_seconds: int = 600
    """Seconds without runs after which the daemon ends by itself."""
    secrets: dict[str, str] = {}
    """Values of environment secrets by variable name; travels over the socket only."""


class Submission(Value):
    """What a client hands to the daemon."""

    run: RunId
    """Id chosen by the client, so that a repeated submission is the same run."""
    plan: Plan
    """The contract."""
    config: dict[str, object]
    """Composed configuration, for the record."""
    launch: Launch
    """The caller's side."""
    by: Caller
    """Which door it came through."""
    accepted_drift: Many[str] = ()
    """Drift accepted by name."""


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
    running: int = 0
    """How many nodes are at work."""
    passed: int = 0
    """How many nodes have passed."""
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
    finished: Literal["done", "failed", "timed_out", "cancelled"] | None = None
    """How the run ended; null while it is not over."""

    def is_running(self, node: str, attempt: int) -> bool:
        """Whether exactly this attempt of the node is at work."""
        state = self.nodes[node]
        return state.status == "running" and state.attempt == attempt
