"""What a comparison of the ledger with others' books says."""

from typing import Literal

from ccorch.schema.base import Many, Value


class InvoiceRow(Value):
    """One day and model of an invoice beside the ledger."""

    day: str
    """The day."""
    model: str
    """The model, as the invoice calls it; empty where it names none."""
    state: Literal["matches", "differs", "only here", "only there"]
    """matches: money within 1 % or a cent, and tokens within 1 %, as far as the invoice tells them."""
    here_usd: float | None
    """Money in the ledger; null when a part of it is unknown."""
    there_usd: float | None
    """Money on the invoice; null when it tells none."""
    here_tokens: int
    """Tokens in the ledger."""
    there_tokens: int | None
    """Tokens on the invoice; null when it tells none."""


class InvoiceCompared(Value):
    """An invoice beside the ledger."""

    file: str
    """The invoice."""
    columns: dict[str, str]
    """Its column by what it was taken for."""
    utc: bool
    """Whether its days are those of UTC; else they were taken for local days."""
    rows: Many[InvoiceRow]
    """Each day and model."""


class SwitchOnly(Value):
    """What CC Switch tells of one provider."""

    provider: str
    """Its id; `_session` is what was imported from Claude Code's own transcripts."""
    requests: int
    """How many."""
    usd: float
    """Their money, as CC Switch prices them."""


class SwitchCompared(Value):
    """CC Switch's own log beside the ledger; what both know counts once."""

    both: int
    """Requests of CC Switch's log that the ledger has too."""
    both_here_usd: float
    """Their known money in the ledger."""
    both_there_usd: float
    """Their money in CC Switch's log."""
    differing_sessions: int
    """Sessions known to both with different sums of tokens."""
    only_here: int
    """Requests that only the ledger has."""
    only_here_usd: float
    """Their known money."""
    only_there: Many[SwitchOnly]
    """Requests that only CC Switch has: yours at the keyboard, for instance."""
    rolled: Many[SwitchOnly]
    """Older days of which CC Switch keeps sums only; they cannot be compared request by request."""
