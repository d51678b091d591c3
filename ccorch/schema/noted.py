"""A note: what somebody writes down about a run, and what its controller reports to have spent itself."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.fact import Wish

ReportedTokens = Annotated[int | None, Field(ge=0, le=10**12)]
ReportedUsd = Annotated[float | None, Field(ge=0, le=10**6, allow_inf_nan=False)]

LONGEST_NOTE = 4_000


class Noted(Wish):
    """Somebody wrote something down about the run."""

    type: Literal["noted"] = "noted"
    text: str = ""
    """The words; data, nobody acts on them."""
    controller_tokens: ReportedTokens = None
    """Tokens that the controller reports to have spent on the run since its last report; null is none told."""
    controller_usd: ReportedUsd = None
    """US dollars that it reports; null is none told."""
    controller_model: str | None = None
    """Model that the controller is."""
