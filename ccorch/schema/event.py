"""Facts in a run's log, in past tense; what happened, never what should."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from ccorch.schema.base import Many
from ccorch.schema.fact import Caller as Caller
from ccorch.schema.fact import Fact as Fact
from ccorch.schema.fact import Wish
from ccorch.schema.finding import Finding
from ccorch.schema.ids import NodeId, RunId, Sha256
from ccorch.schema.noted import Noted as Noted
from ccorch.schema.route_event import Parked as Parked
from ccorch.schema.route_event import Rerouted as Rerouted
from ccorch.schema.route_event import Unparked as Unparked
from ccorch.schema.status import Outcome as Outcome
from ccorch.schema.status import ending
from ccorch.schema.worker_event import CommandRan as CommandRan
from ccorch.schema.worker_event import ModelServed as ModelServed
from ccorch.schema.worker_event import OutputReached as OutputReached
from ccorch.schema.worker_event import RequestRetried as RequestRetried
from ccorch.schema.worker_event import Said as Said
from ccorch.schema.worker_event import ToolBegan as ToolBegan
from ccorch.schema.worker_event import ToolCalled as ToolCalled
from ccorch.schema.worker_event import ToolDenied as ToolDenied
from ccorch.schema.worker_event import ToolFailed as ToolFailed
from ccorch.schema.worker_event import WorkerReady as WorkerReady


class Submitted(Wish):
    """A run was accepted."""

    type: Literal["submitted"] = "submitted"
    run: RunId
    """Id of the run."""
    plan: Sha256
    """Hash of its plan."""
    accepted_drift: Many[str] = ()
    """Drift between plan and run that the caller accepted by name."""


class Started(Fact):
    """An attempt of a node began."""

    type: Literal["started"] = "started"
    node: NodeId
    """The node."""
    attempt: int
    """Number of the attempt, from 1."""


class HeldBack(Fact):
    """A node that could start does not, because a budget is promised to others; it starts when they have ended."""

    type: Literal["held_back"] = "held_back"
    node: NodeId
    """The node."""
    limit: str
    """Config key of the budget."""
    reason: str
    """Why, in words."""


class Steered(Wish):
    """Somebody told a worker something while it was at work."""

    type: Literal["steered"] = "steered"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    text: str
    """What was said."""
    interrupted: bool = False
    """Whether the running turn was ended first."""


class RepairAsked(Fact):
    """A worker was asked to mend its handoff, in the same session."""

    type: Literal["repair_asked"] = "repair_asked"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    reason: str
    """What was wrong with it, in the validator's words."""


class Metered(Fact):
    """A request was metered to its end."""

    type: Literal["metered"] = "metered"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    model: str | None
    """Model that answered; null when none did."""
    input_tokens: int | None
    """Input tokens, cached ones included; null is unknown."""
    output_tokens: int | None
    """Output tokens; null is unknown."""
    usd: float | None
    """Money of the request; null is unknown, or none to tell because a subscription pays."""
    exact: bool
    """Whether the provider's own figures were complete."""
    plan: bool = False
    """Whether a subscription pays for it."""


class BudgetReached(Fact):
    """A money limit was nearly or wholly spent."""

    type: Literal["budget_reached"] = "budget_reached"
    pool: str
    """Which limit, as its config key."""
    share: float
    """Part of it that is spent; 1 and more is all. What is set aside does not count."""
    spent_usd: float | None
    """Money spent, with what requests under way have used by then; null where the limit is in tokens."""
    reserved_usd: float | None = None
    """Money set aside beyond that for workers at work; null where the limit is in tokens."""
    limit_usd: float | None
    """The limit in money."""
    spent_tokens: int | None = None
    """Tokens used; null where the limit is in money."""
    reserved_tokens: int | None = None
    """Tokens set aside beyond that; null where the limit is in money."""
    limit_tokens: int | None = None
    """The limit in tokens."""


class Found(Fact):
    """A rule noticed something."""

    type: Literal["found"] = "found"
    finding: Finding
    """What was noticed."""


class Ended(Fact):
    """An attempt ended."""

    type: Literal["ended"] = "ended"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt that ended; an older one changes nothing."""
    passed: bool
    """Whether the node may count as passed."""
    outcome: Outcome = "done"
    """How it ended."""
    reason: str = ""
    """Why, in words."""
    claims: str = ""
    """Status that its handoff claims; nothing where it handed over none."""

    @property
    def word(self) -> str:
        """How it ended, in a word or two: that it passed, that it did not, or what ended it."""
        return ending(self.outcome, self.passed)


class Skipped(Fact):
    """A node was not run because what it needs did not pass."""

    type: Literal["skipped"] = "skipped"
    node: NodeId
    """The node."""
    reason: str
    """Which need, and how it ended."""


class Reopened(Fact):
    """Nodes were set back to waiting; what they had produced is stale."""

    type: Literal["reopened"] = "reopened"
    nodes: Many[NodeId]
    """The nodes."""
    by: str
    """Who asked: a gate's id, `retry`, or a door."""
    who: str = ""
    """The person who came through that door; empty is unknown, or nobody."""
    cause: Literal["gate", "lost", "failed", "timed_out", "quota", "overload", "auth", "refusal", "asked"] = "asked"
    """What led to it; each cause has a count of its own."""
    node: NodeId | None = None
    """The gate or node whose end led to it."""
    reason: str = ""
    """Why, in words."""
    not_before: float = 0.0
    """Unix time before which none of them starts."""
    says: str = ""
    """What the node is told when its session goes on; nothing where it begins anew."""
    drift: Many[str] = ()
    """What is not as it was when the run was planned; it goes on as planned, on the same route."""


class Omitted(Fact):
    """A node was passed over because its condition did not hold; what needs it goes on."""

    type: Literal["omitted"] = "omitted"
    node: NodeId
    """The node."""
    reason: str
    """What of the condition did not hold."""


class Answered(Fact):
    """Somebody, or the deadline, answered an approval."""

    type: Literal["answered"] = "answered"
    node: NodeId
    """The gate."""
    attempt: int
    """The time it asked."""
    choice: str
    """The answer."""
    by: str
    """Which door it came through, or `deadline`."""
    who: str = ""
    """The person: the user's name at a terminal, the client's at MCP; empty is unknown, or nobody."""
    reason: str = ""
    """Why, in the answerer's words."""


class PauseAsked(Wish):
    """Somebody asked that nothing more of the run be started."""

    type: Literal["pause_asked"] = "pause_asked"
    reason: str = ""
    """Why, in the caller's words."""


class ResumeAsked(Wish):
    """Somebody asked that the run go on."""

    type: Literal["resume_asked"] = "resume_asked"
    drift: Many[str] = ()
    """What is not as it was when the run was planned, where it was over; it goes on as planned."""


class Moved(Wish):
    """Somebody gave the run another place in the queue."""

    type: Literal["moved"] = "moved"
    priority: int
    """Its priority from now on."""


class StopAsked(Wish):
    """Somebody asked to stop the run."""

    type: Literal["stop_asked"] = "stop_asked"
    reason: str = ""
    """Why, in the caller's words."""


class Finished(Fact):
    """The run was over."""

    type: Literal["finished"] = "finished"
    status: Literal["done", "failed", "timed_out", "cancelled"]
    """How it ended."""


Event = (
    Submitted
    | Started
    | HeldBack
    | WorkerReady
    | ModelServed
    | ToolCalled
    | ToolBegan
    | CommandRan
    | ToolDenied
    | ToolFailed
    | Said
    | RequestRetried
    | Steered
    | RepairAsked
    | OutputReached
    | Metered
    | BudgetReached
    | Found
    | Ended
    | Skipped
    | Omitted
    | Reopened
    | Parked
    | Unparked
    | Rerouted
    | Answered
    | PauseAsked
    | ResumeAsked
    | Moved
    | StopAsked
    | Noted
    | Finished
)

AnyEvent: TypeAdapter[Event] = TypeAdapter(
    Annotated[Event, Field(discriminator="type")], config=ConfigDict(defer_build=True)
)

DECISIVE = (
    "submitted",
    "started",
    "ended",
    "skipped",
    "omitted",
    "reopened",
    "rerouted",
    "answered",
    "pause_asked",
    "resume_asked",
    "moved",
    "stop_asked",
    "finished",
)
"""Types of the events that decide where a run stands; they are on disk before what follows from them is done."""
