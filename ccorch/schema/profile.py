"""Where models are served: authored profiles, and what may be known of one without its secret."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ccorch.schema.base import Many, Value, unset
from ccorch.schema.ids import Sha256
from ccorch.schema.role import Tier

_HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
_PORT = r"(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?"
ADDRESS = rf'^https?://{_HOST}{_PORT}(/[!-"$->@-~]*)?$'
"""Scheme, host, port and path in ASCII: no letter that looks like another one, no credential, query or fragment."""

Url = Annotated[str, StringConstraints(pattern=ADDRESS)]
"""An http(s) base URL without credentials, query or fragment."""


ProfileSource = Literal["scripted", "env", "ccswitch", "settings", "ccs", "router", "litellm", "native", "local"]

Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Name of an environment variable."""


class KeyringEntry(Value):
    """An entry of the system's keyring."""

    service: str
    """Service under which it is kept."""
    username: str
    """User name under which it is kept."""


class SecretRef(Value):
    """Where a credential is found; the value itself never stands in config. Exactly one field is set."""

    env: Variable | None = None
    """Environment variable of the caller."""
    file: str | None = None
    """File that holds the credential alone."""
    command: Annotated[Many[str], Field(min_length=1)] | None = None
    """Program and its words that print the credential alone; run by the caller without a shell, 30 s at most."""
    keyring: KeyringEntry | None = None
    """Entry of the system's keyring; needs the package `keyring`."""

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        named = [name for name in SecretRef.model_fields if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(
                f"name exactly one of env, file, command and keyring, not {' and '.join(named) or 'none'}"
            )
        return self


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
    multiplier: Annotated[float, Field(ge=0, le=1000)] = 1.0
    """Factor on list prices."""
    passes: Many[Variable] = ()
    """Further variables of the caller that workers on this profile are given."""


class LiteLlm(Value):
    """A LiteLLM proxy that is running."""

    base_url: Url
    """Its address, without /v1."""
    auth: SecretRef
    """Where its virtual key is found."""
    config: str | None = None
    """Its config.yaml, of which only `model_list[].model_name` is read; null where models are named below."""
    models: ProfileModels = unset(ProfileModels)
    """Models by tier; what is not named here is taken from its config."""


class PassThrough(Value):
    """Variables of the caller that workers are given beside PATH, locale, proxies and certificates."""

    api_key: Many[Variable] = ()
    """For workers whose requests go through the gateway."""
    subscription: Many[Variable] = ()
    """For workers that use the user's own login."""


class Profiles(Value):
    """Where profiles come from."""

    scripted: bool = True
    """Offer the bundled scripted model as profile `scripted`: no account, no quota, no cost."""
    env: bool = True
    """Offer the process environment's ANTHROPIC_* variables as profile `env`."""
    ccswitch: bool = True
    """Offer the providers that the user keeps in CC Switch; they are read and never changed."""
    settings: Many[str] = ()
    """Plain Claude settings files, as paths or globs; each is a profile with the name of its file."""
    ccs: bool = True
    """Offer the profiles and accounts that the user keeps in ccs; they are read and never changed."""
    router: bool = True
    """Offer claude-code-router's local gateway as profile `router`, where it is configured."""
    litellm: dict[str, LiteLlm] = {}
    """LiteLLM proxies by the name of their profile."""
    native: dict[str, NativeProfile] = {}
    """Profiles by name; only the user's layer and --config-dir may set them."""
    environment: PassThrough = unset(PassThrough)
    """Further variables of the caller that workers are given, by kind of profile."""


class Profile(Value):
    """A profile as the house knows it: everything but its secret."""

    name: str
    """Name by which it is selected."""
    id: str | None = None
    """Id in its source, by which it can be selected too; null where the name is the id."""
    source: ProfileSource
    """Where it comes from."""
    kind: Literal["api_key", "subscription", "local"] = "api_key"
    """api_key goes through the gateway with a key of its own; subscription uses the user's own login; local asks no
    model at all."""
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
    priced_by: Literal["response", "request"] = "response"
    """Whose price is billed where another model answers than was asked: the one that answered, or the one asked."""
    current: bool = False
    """Whether its source says that it is the one in use."""
    passes: Many[Variable] = ()
    """Further variables of the caller that its workers are given."""
    unusable: str | None = None
    """Why it cannot be launched; null when it can."""
    fingerprint: Sha256
    """Hash of everything above but the reason; never of a secret's value."""

    @property
    def key(self) -> str:
        """What tells it from all others: its id, or its name where it has none."""
        return self.id or self.name

    @property
    def needs_gateway(self) -> bool:
        """Whether its requests go through the gateway with a key; a login's own go where it leads."""
        return self.kind == "api_key"

    def model_for(self, tier: Tier) -> str | None:
        """The model of a tier, or the nearest tier that the profile has."""
        models = self.models
        match tier:
            case "strong":
                return models.strong or models.balanced or models.fast or None
            case "balanced":
                return models.balanced or models.strong or models.fast or None
            case "fast":
                return models.fast or models.balanced or models.strong or None


class Hint(Value):
    """What is known of a profile today; it is shown and never part of a plan."""

    health: str | None = None
    """What was last seen of it and when, in words; null when nothing was."""
    spent_today_usd: float | None = None
    """What its source recorded as spent today; null when it keeps no such record."""
    spent_month_usd: float | None = None
    """What its source recorded as spent this month; null when it keeps no such record."""
    limit_daily_usd: float | None = None
    """Limit for a day that its source holds; null is none."""
    limit_monthly_usd: float | None = None
    """Limit for a month that its source holds; null is none."""
    warnings: Many[str] = ()
    """What of its settings is not applied, and why."""


UNKNOWN = unset(Hint)
"""Nothing is known of the profile."""
