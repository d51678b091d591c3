"""The providers that the user keeps in CC Switch, as profiles."""

from functools import lru_cache

from ccorch.adapters.cc_switch.switch import CcSwitch
from ccorch.adapters.profiles.made import translated
from ccorch.errors import ProfileUnusable
from ccorch.schema.profile import Profile


@lru_cache(maxsize=1)
def profiles(switch: CcSwitch) -> tuple[Profile, ...]:
    """Every provider for Claude in CC Switch's order; the same for one look's lifetime."""
    return tuple(translated(found, "ccswitch") for found in switch.profiles())


def secret(switch: CcSwitch | None, profile: Profile) -> str:
    """The key as it is now, and only for the endpoint that was planned."""
    if switch is None or profile.id is None:
        raise ProfileUnusable(f"profile {profile.name!r} came from CC Switch, whose files are gone")
    return switch.secret(profile.id, base_url=profile.base_url)


def login(switch: CcSwitch | None, profile: Profile) -> str:
    """The config folder of an official provider's login."""
    found = next((one for one in switch.profiles() if one.id == profile.id), None) if switch else None
    if found is None or found.config_dir is None:
        raise ProfileUnusable(f"profile {profile.name!r} has no login in CC Switch any more")
    return found.config_dir
