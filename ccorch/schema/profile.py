"""Where models are served: authored profiles, and what may be known of one without its secret."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from ccorch.schema.base import Many, Value
from ccorch.schema.ids import Sha256
from ccorch.schema.role import Tier

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@/?#]+(/[^\s?#]*)?$")]
"""An http(s) base URL without credentials, query or fragment."""


class SecretRef(Value):
    """Where a credential is found; the value itself never stands in config. Exactly one field is set."""

    env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """Environment variable of the caller."""
    file: str | None = None
    """File that holds the credential alone."""


class ProfileModels(Value):
    """The model served for each tier."""

    strong: str | None = None
    """Model for roles that want the strongest."""
    balanced: str | None = None
    """Model for most roles; the default of the profile."""
    fast: str | None = None
    """Model for small and quick work."""


class NativeProfile(Value):
    """A profile authored in the user's own layer."""

    base_url: Url
    """Anthropic-compatible endpoint, without /v1."""
    auth: SecretRef
    """Where its credential is found."""
    auth_header: Literal["bearer", "x-api-key"] = "bearer"
    """Header that carries the credential."""
    models: ProfileModels
    """Models by tier."""
    capabilities_off: Many[str] = ()
    """Request features the endpoint does not know, such as effort or adaptive_thinking."""


class Profiles(Value):
    """Where profiles come from."""

    scripted: bool = True
    """Offer the bundled scripted model as profile `scripted`: no account, no quota, no cost."""
    env: bool = True
    """Offer the process environment's ANTHROPIC_* variables as profile `env`."""
    ccswitch: bool = True
    """Offer the providers that the user keeps in CC Switch; they are read and never changed."""
    native: dict[str, NativeProfile] = {}
    """Profiles by name; only the user's layer and --config-dir may set them."""


class Profile(Value):
    """A profile as the house knows it: everything but its secret."""

    name: str
    """Name by which it is selected."""
    id: str | None = None
    """Id in its source, by which it can be selected too; null where the name is the id."""
    source: Literal["scripted", "env", "ccswitch", "native"]
    """Where it comes from."""
    base_url: str
    """Endpoint; empty for the bundled scripted model, which gets its port when it starts."""
    auth_header: Literal["bearer", "x-api-key"] = "bearer"
    """Header that carries the credential."""
    secret: SecretRef | None = None
    """Where the credential is found; null for the scripted model."""
    models: ProfileModels
    """Models by tier."""
    capabilities_off: Many[str] = ()
    """Request features switched off for this endpoint."""
    tuning: dict[str, str] = {}
    """Variables that tune Claude Code for this endpoint; never credentials or addresses."""
    multiplier: float = 1.0
    """Factor on list prices."""
    current: bool = False
    """Whether its source says that it is the one in use."""
    unusable: str | None = None
    """Why it cannot be launched; null when it can."""
    fingerprint: Sha256
    """Hash of everything above but the reason; never of a secret's value."""

    def model_for(self, tier: Tier) -> str | None:
        """The model of a tier, or the nearest tier that the profile has."""
        nearest: dict[Tier, tuple[Tier, ...]] = {
            "strong": ("strong", "balanced", "fast"),
            "balanced": ("balanced", "strong", "fast"),
            "fast": ("fast", "balanced", "strong"),
        }
        names = (getattr(self.models, near) for near in nearest[tier])
        return next((name for name in names if name), None)
