"""A run in short, as readers get it."""

from ccorch.schema.base import Many, Value
from ccorch.schema.finding import Finding
from ccorch.schema.run import NodeStatus


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
    profile: str
    """Planned profile."""
    model: str
    """Planned model."""
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
    """Money over all attempts; null when a request's is unknown."""
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
    """Money of all nodes; null when part of it is unknown."""
    limit_usd: float | None
    """The run's money limit."""
    nodes: Many[NodeSummary]
    """Its nodes, in declared order."""
    findings: Many[Finding]
    """What rules noticed."""
    warnings: Many[str]
    """Budget warnings, in words."""
