"""What was used: how it is asked for, and how it is told."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value
from ccorch.schema.status import Covered

UsedBy = Literal["model", "profile", "role", "label", "day", "node", "run", "status"]


class UsageRequest(Value):
    """Tell what was used and spent: tokens, money, durations, failures and budget stops, of all projects."""

    by: UsedBy = "model"
    """What to tell it by."""
    since: str | None = None
    """First local day: 2026-08-21, a month such as 2026-08, today, yesterday, or 7d for the last seven days."""
    until: str | None = None
    """Last local day, in the same words."""
    profile: str | None = None
    """Only requests that this profile served."""
    limit: Annotated[int, Field(ge=1, le=100_000)] = 12
    """Most rows; what is left out is told in one row."""
    csv: bool = False
    """Print comma-separated values."""
    reconcile: bool = False
    """Compare with CC Switch's own log, of the last 30 days where no days are named."""
    invoice: str | None = None
    """A provider's invoice as comma-separated values, to compare with by day and model."""
    columns: Many[str] = ()
    """Columns of the invoice as day=Date,model=Model,usd=Cost; also input, output, cache_read, cache_write."""


class UsageRow(Value):
    """What the requests of one model, profile, role, label, day, node, run or ending used together."""

    name: str
    """What it is about; empty where the requests name none."""
    requests: int
    """Requests that were forwarded."""
    input_tokens: int
    """Input tokens outside of the cache."""
    output_tokens: int
    """Output tokens."""
    cache_read_tokens: int
    """Input tokens read from the provider's cache."""
    cache_write_tokens: int
    """Input tokens written to the provider's cache."""
    usd: float | None
    """Money; null when a part of it is unknown, or when a subscription pays for all."""
    known_usd: float
    """The part of the money that is known."""
    unpriced: int
    """Requests whose money is unknown."""
    plan: Covered | None
    """How much of it a subscription pays for; null is nothing."""
    estimated: int
    """Requests of which a part is reckoned."""
    failed: int
    """Requests that ended in an error or were broken off."""
    budget_stops: int
    """Requests that a budget refused or cut."""
    retried: int
    """Requests that the worker had asked before."""
    seconds: float
    """Time that the requests took, added up."""
    first_byte_ms: int | None
    """Mean milliseconds to the provider's first byte; null when none was timed."""


class Unattributed(Value):
    """What names none of what usage is told by."""

    tokens: int
    """Tokens of these requests."""
    share: float
    """Their part of all tokens, from 0 to 1."""


class RunsBilled(Value):
    """What the bills of the runs say that ended, or were reported on, in that time."""

    runs: int
    """How many."""
    judged: dict[str, int]
    """Runs by verdict; `none` are those without one."""
    again: int
    """How often work was done again."""
    escalations: int
    """Attempts that took another route than the planned one."""
    redone_usd: float | None
    """Money of further attempts; null when a part of it is unknown."""
    verification_usd: float | None
    """Money of nodes that read others' work for a gate; null when a part of it is unknown."""
    controller_tokens: int | None
    """Tokens that controllers report to have spent themselves; null when a report tells money alone."""
    controller_known_tokens: int
    """The part of these tokens that is told."""
    controller_usd: float | None
    """Money that they report; null when a report tells tokens alone."""
    controller_known_usd: float
    """The part of this money that is told."""
    controller_reports: int
    """How many reports there were."""
    controller_unpriced: int
    """Reports that tell no money."""
    controller_uncounted: int
    """Reports that tell no tokens."""
