"""From what a source says to a profile with its fingerprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ccorch.adapters.profiles import subscription
from ccorch.rules.marks import mark
from ccorch.schema.profile import Profile, ProfileModels, ProfileSource

if TYPE_CHECKING:
    from ccorch.rules.cc_switch import SwitchProfile

NO_MODELS = ProfileModels()
BLANK = "0" * 64
"""In place of a fingerprint until it is known."""


def made(unusable: str | None = None, **facts: object) -> Profile:
    """The profile of these facts; why it cannot be launched is not part of its fingerprint."""
    known = {"base_url": "", "models": NO_MODELS, **facts}
    blank = Profile(**known, fingerprint=BLANK)  # type: ignore[arg-type]
    return Profile(**known, fingerprint=mark(blank), unusable=unusable)  # type: ignore[arg-type]


def marked(profile: Profile, unusable: str | None) -> Profile:
    """The same with the fingerprint that it should have."""
    return profile.model_copy(update={"fingerprint": mark(profile), "unusable": unusable})


def translated(found: SwitchProfile, source: ProfileSource) -> Profile:
    """What Claude settings amount to by CC Switch's rules, as a profile of this source."""
    return made(
        name=found.name,
        id=found.id,
        source=source,
        kind=found.kind,
        base_url=found.base_url,
        auth_header=found.auth_header,
        models=found.models.tiers(),
        tuning=dict(found.env),
        multiplier=found.multiplier if found.multiplier is not None else 1.0,
        priced_by=found.priced_by,
        current=found.current,
        unusable=found.refused
        or (subscription.refusal(found.config_dir) if found.kind == "subscription" else None),
    )


def distinct(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    """The same, each with a key of its own: where two share a name, it gets its source before it."""
    known = tuple(profiles)
    times = Counter(profile.key for profile in known)
    return tuple(
        profile if profile.id is not None or times[profile.key] == 1 else _named_by_source(profile)
        for profile in known
    )


def _named_by_source(profile: Profile) -> Profile:
    return marked(profile.model_copy(update={"id": f"{profile.source}:{profile.name}"}), profile.unusable)
