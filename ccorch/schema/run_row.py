"""A run in one line: as lists show it, as the index keeps it, and as somebody sees it who watches."""

from ccorch.schema.base import Many, Value
from ccorch.schema.finding import Severity
from ccorch.schema.status import Covered, RunStatus


class RunRow(Value):
    """A run in the list."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state; recovering when it is unfinished and nothing drives it."""
    task: str
    """Beginning of the task."""
    roles: str
    """Roles at work."""
    project: str
    """Project it works on."""
    label: str | None
    """Its label."""
    submitted_at: float
    """Unix time."""
    ended_at: float | None
    """Unix time; null while it is not over."""
    nodes: int
    """How many nodes it has."""
    passed: int
    """How many of them passed."""
    usd: float | None
    """Money spent; null is unknown, or none because a subscription pays for all."""
    plan: Covered | None = None
    """How much of it a subscription pays for; null is nothing."""
    simulated: bool
    """Whether no worker ran."""


class KeptRow(RunRow):
    """A run as the index keeps it."""

    seq: int
    """Number of the last event."""
    workflow: str = ""
    """What it was asked to do its work by; empty is unknown."""


class Question(Value):
    """A gate that waits for somebody."""

    gate: str
    """The gate."""
    asks: str
    """What it asks."""
    choices: Many[str]
    """What may be answered."""


class WatchedRow(KeptRow):
    """A run as somebody sees it who watches."""

    at_work: Many[str] = ()
    """Nodes that run now, first the one of which it is told what it does."""
    tool: str = ""
    """Tool that it called last; empty while none was."""
    doing: str = ""
    """The same with its target, or the latest words; why nothing starts where nothing runs."""
    tokens: int | None = None
    """Tokens so far; null when part of them is unknown."""
    limit_usd: float | None = None
    """Its money limit; null for none."""
    risk: Severity | None = None
    """The worst that was noticed; null is nothing."""
    findings: int = 0
    """How much was noticed."""
    questions: Many[Question] = ()
    """Gates that wait for an answer."""
    paused: bool = False
    """Whether nothing more is started until somebody asks for it."""
    needs: str = ""
    """What a person has to see to, in words; empty for nothing."""
