"""A seat: what the gateway knows of one worker, and what the worker must not know of its provider."""

import hashlib
import hmac
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ccorch.adapters.gateway.holds import attempt_key
from ccorch.rules.pricing import Price, same_model

AuthHeader = Literal["bearer", "x-api-key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One attempt's place at the gateway, under `/w/<id>`."""

    id: str
    """Unguessable; it becomes part of the worker's base URL."""
    token_sha256: str
    """Hash of the throwaway token that the worker sends."""
    run: str
    node: str
    attempt: int
    role: str | None = None
    label: str | None = None
    """The run's label."""
    profile: str
    profile_key: str = ""
    """What tells the profile from all others of the machine."""
    declared_model: str
    """Model of the plan's route."""
    base_url: str
    """The provider's endpoint, without /v1."""
    auth_header: AuthHeader = "bearer"
    auth_key: str = field(repr=False)
    """The real credential."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further headers that the provider wants."""
    proxy: str | None = field(default=None, repr=False)
    """Proxy that leads to the provider, perhaps with a password; None for none."""
    certificates: ssl.SSLContext | None = field(default=None, repr=False)
    """Whom to trust as the provider; None for the system's authorities."""
    price_of: Callable[[str], Price | None]
    """The price of a model; None when unknown."""
    multiplier: float = 1.0
    """Factor on the whole cost."""
    priced_by: Literal["response", "request"] = "response"
    """Whether the model that answered is priced, or the one that was asked."""
    pools: tuple[str, ...] = ()
    """Ids of the pools it is booked in; `{day}` and `{month}` become those of the machine's own calendar."""
    unpriced: Literal["refuse", "allow"] = "refuse"
    """What happens with a model without a price when a pool is limited in money."""
    only_declared: bool = False
    """Whether an answer of another model is the last that this seat gets."""

    @property
    def attempt_key(self) -> str:
        """What its attempt is called where money is set aside for it."""
        return attempt_key(self.run, self.node, self.attempt)

    @property
    def attempt_id(self) -> str:
        """The attempt as the engine names it."""
        return f"{self.run}/{self.node}/{self.attempt}"

    def admits(self, token: str) -> bool:
        """Whether this is the worker's token."""
        return hmac.compare_digest(token_hash(token), self.token_sha256)

    def is_stranger(self, model: str) -> bool:
        """Whether this model must not have answered."""
        return self.only_declared and not same_model(self.declared_model, model)

    def credential(self) -> dict[str, str]:
        """The header that carries the real key."""
        if self.auth_header == "bearer":
            return {"Authorization": f"Bearer {self.auth_key}"}
        return {"x-api-key": self.auth_key}


def token_hash(token: str) -> str:
    """The hash under which a throwaway token is kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
