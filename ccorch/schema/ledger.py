"""The ledger: what each request to a provider used and cost, one line when it opens, grows and ends."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value

Count = Annotated[int, Field(ge=0)]

LineState = Literal["open", "progress", "closed", "refused"]
Ended = Literal["ok", "cut", "dropped", "client_closed", "error", "refused"]

NANO = 1_000_000_000

PLAN = "plan"
"""Stands for a price list where the user's own subscription pays."""


class Usage(Value):
    """Tokens of one answer, as providers count them: `input` leaves out what the cache served or stored."""

    input: Count = 0
    """Input tokens that no cache had a part in."""
    output: Count = 0
    """Output tokens."""
    cache_read: Count = 0
    """Input tokens read from the provider's cache."""
    cache_write: Count = 0
    """Input tokens written to the provider's cache."""

    @property
    def tokens(self) -> int:
        """All four together, as token limits count them."""
        return self.input + self.output + self.cache_read + self.cache_write

    def __add__(self, more: "Usage") -> "Usage":
        return Usage(**{part: getattr(self, part) + getattr(more, part) for part in Usage.model_fields})

    def most(self, other: "Usage") -> "Usage":
        """The larger count of each kind."""
        return Usage(**{part: max(getattr(self, part), getattr(other, part)) for part in Usage.model_fields})

    def beyond(self, other: "Usage") -> "Usage":
        """What there is more of than in the other, of each kind."""
        return Usage(**{part: max(getattr(self, part) - getattr(other, part), 0) for part in Usage.model_fields})


class LedgerLine(Value):
    """A request as known at one moment; the last line of an id holds, an unfinished one books ahead."""

    id: str
    """The request's id; all lines of one request carry it."""
    state: LineState
    """open before it is forwarded, progress while it streams, closed or refused as the last word."""
    at: float
    """Unix time of this line in seconds."""
    run: str
    """Run that asked."""
    node: str
    """Node that asked."""
    attempt: Annotated[int, Field(ge=1)]
    """Attempt that asked."""
    role: str | None = None
    """Role that the node works in; null in lines of earlier versions."""
    label: str | None = None
    """The run's label; null where it has none."""
    day: str | None = None
    """Local day on which the request began, by the machine's own calendar; null in lines of earlier versions."""
    profile: str
    """Profile that served it."""
    pools: Many[str] = ()
    """Budgets that it is booked in."""
    declared_model: str
    """Model that the plan's route names."""
    requested_model: str | None = None
    """Model named in the request; null when the request could not be read."""
    served_model: str | None = None
    """Model that the provider says has answered; null while unknown."""
    input_tokens: Count | None = None
    """Input tokens outside the cache; null when unknown."""
    output_tokens: Count | None = None
    """Output tokens; in an unfinished line the count that the request may reach before its next line."""
    cache_read_tokens: Count | None = None
    """Input tokens read from the cache; null when unknown."""
    cache_write_tokens: Count | None = None
    """Input tokens written to the cache; null when unknown."""
    nano_usd: Count | None = None
    """Cost in billionths of a US dollar, so that sums are exact; null when no price is known."""
    price_version: str | None = None
    """Day of the price list that was used; `plan` where a subscription pays and there is no money to tell."""
    basis: Literal["exact", "estimate"]
    """exact: the provider's own final figures and price; estimate: at least one of them is reckoned."""
    status: Annotated[int, Field(ge=0)] = 0
    """HTTP status that the worker got; 0 while there is none."""
    ended: Ended | None = None
    """How it ended; null while it has not."""
    first_byte_ms: Count | None = None
    """Milliseconds from forwarding to the provider's headers."""
    duration_ms: Count | None = None
    """Milliseconds from forwarding to the end."""
    retry_count: Count = 0
    """The client's own count of retries before this request."""
    session_id: str | None = None
    """Claude Code session that asked, when it says so."""
    told_tokens: Count | None = None
    """Tokens as the provider told them, where that is far less than what was seen, which is booked."""
    note: str | None = None
    """Why it was refused, cut or failed, in a sentence."""

    @property
    def usd(self) -> float | None:
        """The cost in US dollars, for showing; add up `nano_usd`, not this."""
        return None if self.nano_usd is None else self.nano_usd / NANO

    @property
    def usage(self) -> Usage:
        """The tokens with the unknown ones as 0."""
        return Usage(
            input=self.input_tokens or 0,
            output=self.output_tokens or 0,
            cache_read=self.cache_read_tokens or 0,
            cache_write=self.cache_write_tokens or 0,
        )

    @property
    def is_plan(self) -> bool:
        """Whether a subscription pays for it."""
        return self.price_version == PLAN

    @property
    def is_last(self) -> bool:
        """Whether no further line of this request follows."""
        return self.state in ("closed", "refused")
