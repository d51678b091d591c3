"""A profile's fingerprint, and which checks of it still say something."""

from collections.abc import Iterable, Mapping, Sequence

from ccorch.schema.base import fingerprint
from ccorch.schema.experience import ProfileCheck
from ccorch.schema.profile import Profile

ABOUT_TODAY = {"fingerprint", "unusable", "current"}
"""Fields that say how things stand today, not which profile it is."""

DECLARING = ("native",)
"""Sources whose own file says which request features are switched off."""


def mark(profile: Profile) -> str:
    """Hash of everything that a plan depends on; never of a secret's value."""
    return fingerprint(profile.model_dump(mode="json", exclude=ABOUT_TODAY))


def check_mark(profile: Profile) -> str:
    """The mark it has with no request feature switched off: what a check is kept under."""
    return mark(profile.model_copy(update={"capabilities_off": ()})) if profile.capabilities_off else mark(profile)


def by_profile(checks: Iterable[ProfileCheck]) -> Mapping[str, Sequence[ProfileCheck]]:
    """Checks by the key of their profile, in their order."""
    found: dict[str, list[ProfileCheck]] = {}
    for check in checks:
        found.setdefault(check.profile, []).append(check)
    return found


def fitting(profile: Profile, checks: Mapping[str, Sequence[ProfileCheck]]) -> tuple[ProfileCheck, ...]:
    """The checks of exactly this profile, oldest first; those of another endpoint or model say nothing."""
    known = checks.get(profile.key, ())
    wanted = check_mark(profile) if known else ""
    return tuple(check for check in known if check.fingerprint == wanted)


def learned(profile: Profile, checks: Mapping[str, Sequence[ProfileCheck]]) -> Profile:
    """The profile with what its last good check switched off, where its source cannot say so itself."""
    known = () if profile.source in DECLARING else fitting(profile, checks)
    best = next((check for check in reversed(known) if check.ok), known[-1] if known else None)
    if best is None or not best.capabilities_off:
        return profile
    taught = profile.model_copy(update={"capabilities_off": tuple(sorted(set(best.capabilities_off)))})
    return taught.model_copy(update={"fingerprint": mark(taught)})
