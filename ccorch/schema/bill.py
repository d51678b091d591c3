"""The bill: what a run was about, how it was judged, and what its parts cost; kept outside the project."""

from ccorch.schema.base import Many, Value
from ccorch.schema.ledger import Count
from ccorch.schema.status import RunStatus
from ccorch.schema.verdict import Judgement


class Part(Value):
    """What some of a run's requests used together."""

    requests: Count = 0
    """How many."""
    tokens: Count = 0
    """Tokens of all kinds; unknown ones count as none."""
    nano_usd: Count = 0
    """Money in billionths of a US dollar, as far as it is known."""
    unpriced: Count = 0
    """Requests whose money is unknown."""
    covered: Count = 0
    """Requests that a subscription pays for."""


class Controller(Value):
    """What whoever steers the run says to have spent on it."""

    tokens: Count = 0
    """Tokens, all reports that tell them added up."""
    nano_usd: Count = 0
    """Money in billionths of a US dollar, all reports that tell it added up."""
    reports: Count = 0
    """How many reports there were."""
    unpriced: Count = 0
    """Reports that tell tokens and no money."""
    uncounted: Count = 0
    """Reports that tell money and no tokens."""
    models: Many[str] = ()
    """Models that were named, in order."""


class Bill(Value):
    """One run; its last line holds."""

    run: str
    """The run."""
    at: float
    """Unix time of this line."""
    day: str
    """Local day of this line."""
    project: str
    """Project that it works on."""
    label: str | None
    """Its label."""
    task_class: str
    """Kind of work: the roles at work, in the plan's order, joined by +."""
    status: RunStatus
    """Where it stands."""
    judgement: Judgement | None = None
    """The verdict on it; null while there is none."""
    nodes: Count
    """Nodes that it has."""
    attempts: Count
    """Attempts that were begun."""
    again: dict[str, int] = {}
    """How often work was done again, by cause."""
    escalations: Many[str] = ()
    """Routes that attempts took instead of the planned one, as node → profile/model."""
    work: Part = Part()
    """First attempts of nodes that do the work."""
    redone: Part = Part()
    """Further attempts of these nodes."""
    verification: Part = Part()
    """All attempts of nodes that read others' work for a gate."""
    controller: Controller = Controller()
    """What the controller reports."""
