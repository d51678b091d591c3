"""The process environment as a profile, and what of it workers are given."""

from collections.abc import Mapping

from ccorch.adapters.profiles.made import made, marked
from ccorch.errors import ConfigInvalid
from ccorch.rules.endpoints import is_plain
from ccorch.rules.unpassable import refusals
from ccorch.schema.profile import PassThrough, Profile, ProfileModels, SecretRef

ANTHROPIC = "https://api.anthropic.com"
CREDENTIALS = {"ANTHROPIC_AUTH_TOKEN": "bearer", "ANTHROPIC_API_KEY": "x-api-key"}
"""Variables that hold a credential, and the header that carries it; the first that is set counts."""

KEYLESS = f"ANTHROPIC_BASE_URL is set without a credential; export {' or '.join(CREDENTIALS)}"

TIERS = {
    "strong": "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "balanced": "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "fast": "ANTHROPIC_DEFAULT_HAIKU_MODEL",
}
UNPLAIN = "its ANTHROPIC_BASE_URL is not a plain http(s) address without user, query and fragment; set it anew"
"""Why an address is not used that could hold a credential."""

USUAL = {"strong": "claude-opus-5", "balanced": "claude-sonnet-5", "fast": "claude-haiku-4-5-20251001"}
"""Models of Anthropic's own endpoint, where the environment names none."""


def profiles(environment: Mapping[str, str]) -> tuple[Profile, ...]:
    """The profile `env`, where the environment has a credential; with an address alone it says what is missing."""
    name = next((key for key in CREDENTIALS if environment.get(key)), None)
    if name is None and not environment.get("ANTHROPIC_BASE_URL"):
        return ()
    default = environment.get("ANTHROPIC_MODEL") or None
    base_url = environment.get("ANTHROPIC_BASE_URL") or ANTHROPIC
    usual = USUAL if base_url.rstrip("/") == ANTHROPIC and default is None else {}
    models = {tier: environment.get(key) or default or usual.get(tier) for tier, key in TIERS.items()}
    # what else is in an address may be a credential, so it is kept nowhere
    plain = is_plain(base_url)
    return (
        made(
            name="env",
            source="env",
            base_url=base_url if plain else "",
            auth_header=CREDENTIALS[name] if name else "bearer",
            secret=SecretRef(env=name) if name else None,
            models=ProfileModels(**models),
            unusable=UNPLAIN if not plain else None if name else KEYLESS,
        ),
    )


def checked(passed: PassThrough) -> PassThrough:
    """The same; raises ConfigInvalid when a variable is named that no worker may be given."""
    told = [
        sentence
        for kind in PassThrough.model_fields
        for sentence in refusals(getattr(passed, kind), f"profiles.environment.{kind}")
    ]
    if told:
        raise ConfigInvalid(told[0], problems=tuple(told), hint="remove it from the list")
    return passed


def passing(profile: Profile, passed: PassThrough) -> Profile:
    """The profile with what workers of its kind are given besides its own list."""
    names = tuple(sorted({*profile.passes, *getattr(passed, profile.kind)}))
    if names == profile.passes:
        return profile
    return marked(profile.model_copy(update={"passes": names}), profile.unusable)
