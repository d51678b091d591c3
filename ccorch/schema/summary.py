"""A run in short, as readers get it."""

from ccorch.schema.base import Many, Value
from ccorch.schema.breaker import ErrorClass
from ccorch.schema.finding import Finding
from ccorch.schema.status import Covered as Covered
from ccorch.schema.status import NodeStatus


class ShutProfile(Value):
    """A profile on which nothing starts, why, and until when."""

    profile: str
    """The profile, as routes name it."""
    error: ErrorClass
    """Its quota is spent, or it is overloaded."""
    window: str
    """Which of its limits; empty when it does not say."""
    until: float
    """Unix time at which one attempt finds out whether it is over."""
    told: bool
    """Whether that time is the provider's own; else it is reckoned."""


class NodeSummary(Value):
    """One node of a run."""

    id: str
    """Node id."""
    lane: str | None
    """Branch of a sweep."""
    role: str
    """Role that works."""
    status: NodeStatus
    """Its state."""
    outcome: str | None
    """How its latest attempt ended."""
    reason: str
    """Why, in words."""
    attempt: int
    """Latest attempt; 0 before the first."""
    not_before: float = 0.0
    """Unix time before which it is not tried again; 0 when it waits for no time."""
    held: str = ""
    """Why it does not start although it could, in words."""
    profile: str
    """Planned profile, or that of the fallback that it goes on with."""
    model: str
    """Planned model, or that of the fallback."""
    served: Many[str]
    """Models that answered, in order."""
    route_reason: str
    """Why the route was chosen."""
    requests: int
    """Requests that were metered."""
    input_tokens: int | None
    """Input tokens over all attempts; null when a request's are unknown."""
    output_tokens: int | None
    """Output tokens over all attempts; null when a request's are unknown."""
    usd: float | None
    """Money over all attempts; null when a request's is unknown or a subscription pays for all."""
    plan: Covered | None = None
    """How much of it a subscription pays for; null is nothing."""
    exact: bool
    """Whether every figure is the provider's own."""
    tools: dict[str, int]
    """Tool calls by tool, over all attempts."""
    denied: int
    """Tool calls that were refused."""
    retried: int
    """Requests that were asked again."""
    doing: str
    """Latest tool call or words."""
    started_at: float | None
    """When the latest attempt began."""
    ended_at: float | None
    """When it ended."""

    @property
    def route(self) -> str:
        """The models that answered, in order, where the last is the one to go by; else that one too."""
        answered = ", ".join(self.served) or self.model
        return answered if self.served[-1:] in ((), (self.model,)) else f"{self.model} → {answered}"

    @property
    def word(self) -> str:
        """How it stands, in a word: that it passed, or else how its latest attempt ended."""
        return self.status if self.outcome is None or self.outcome == "done" else self.outcome


class GateSummary(Value):
    """One gate of a run."""

    id: str
    """Gate id."""
    lane: str | None
    """Branch of a sweep."""
    status: NodeStatus
    """Its state; running is one that waits for an answer."""
    attempt: int
    """How often it has judged."""
    reopened: int
    """How often it has set work back."""
    reason: str
    """What it judged last, in words."""
    question: str | None
    """What is asked; null where conditions alone decide."""
    choices: Many[str]
    """What may be answered."""
    asked_at: float | None
    """Since when an answer is waited for; null when none is."""
    deadline: float | None = None
    """Unix time at which its default becomes the answer; null where it waits for somebody however long."""


class Note(Value):
    """What somebody wrote down about a run."""

    at: float
    """Unix time."""
    by: str
    """Which door it came through."""
    who: str = ""
    """The person behind it; empty is unknown."""
    text: str
    """The words."""
    controller_tokens: int | None = None
    """Tokens that the controller reports to have spent itself."""
    controller_usd: float | None = None
    """US dollars that it reports."""
    controller_model: str | None = None
    """Model that the controller is."""


class RunSummary(Value):
    """A run and all its nodes."""

    simulated: bool
    """Whether no worker ran: nothing here was used or paid."""
    submitted_at: float | None
    """When the run was accepted."""
    ended_at: float | None
    """When it was over."""
    stopping: bool
    """Whether somebody asked to stop it."""
    usd: float | None
    """Money of all nodes; null when part of it is unknown or a subscription pays for all."""
    plan: Covered | None = None
    """How much of it a subscription pays for; null is nothing."""
    limit_usd: float | None
    """The run's money limit."""
    nodes: Many[NodeSummary]
    """Its nodes, in declared order."""
    gates: Many[GateSummary] = ()
    """Its gates, in declared order."""
    paused: bool = False
    """Whether nothing more is started until somebody asks for it."""
    priority: int = 0
    """Its place in the queue: runs with a higher one start first."""
    shut: Many[ShutProfile] = ()
    """Profiles on which nothing starts now; nodes that wait for one are parked."""
    findings: Many[Finding]
    """What rules noticed."""
    warnings: Many[str]
    """Budget warnings and changes of route, in words."""
    notes: Many[Note] = ()
    """What was written down about it, oldest first."""

    def parked(self, node: NodeSummary) -> ShutProfile | None:
        """What keeps a node from starting on its profile; null when nothing there does."""
        if node.status != "waiting":
            return None
        return next((one for one in self.shut if one.profile == node.profile), None)
