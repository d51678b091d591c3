"""One execution of a plan: its submission, its state as folded from the log, and what a reader sees."""

from typing import Literal

from ccorch.schema.base import Many, Value
from ccorch.schema.event import Caller, Outcome
from ccorch.schema.ids import RunId
from ccorch.schema.plan import Plan

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


class RunState(Value):
    """A run as its log says it is."""

    nodes: dict[str, NodeState]
    """Every node of the plan."""
    stopping: bool = False
    """Whether somebody asked to stop."""
    finished: Literal["done", "failed", "timed_out", "cancelled"] | None = None
    """How the run ended; null while it is not over."""

    def is_running(self, node: str, attempt: int) -> bool:
        """Whether exactly this attempt of the node is at work."""
        state = self.nodes[node]
        return state.status == "running" and state.attempt == attempt
