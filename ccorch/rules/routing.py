"""Which profile and model a role gets, and why."""

from collections.abc import Sequence
from difflib import get_close_matches

from ccorch.errors import ProfileUnusable
from ccorch.schema.config import RunConfig
from ccorch.schema.profile import Profile
from ccorch.schema.role import Role, Tier
from ccorch.schema.route import Route


def choose(config: RunConfig, role: Role, profiles: Sequence[Profile]) -> Route:
    """The route of a role; raises ProfileUnusable with the candidates when nothing fits."""
    profile, why_profile = _profile(config, profiles)
    model, why_model = _model(config, role, profile)
    alike = [other for other in profiles if other.name == profile.name]
    name = profile.id if len(alike) > 1 and profile.id else profile.name
    return Route(profile=name, model=model, reason=f"{why_profile}; {why_model}")


def kept(route: Route, profiles: Sequence[Profile]) -> Route:
    """A route of an earlier plan, unchanged; raises ProfileUnusable when its profile is gone."""
    _named(route.profile, profiles)
    return route


def _profile(config: RunConfig, profiles: Sequence[Profile]) -> tuple[Profile, str]:
    wanted, why = (config.profile, "profile pinned by profile=")
    if wanted is None:
        wanted, why = config.routing.profile, "profile from routing.profile"
    if wanted is not None:
        return _named(wanted, profiles), why
    if config.routing.strategy == "pinned":
        raise ProfileUnusable(
            "routing=pinned needs profile=NAME and model=ID", hint="name both, or another routing"
        )
    usable = [profile for profile in profiles if not profile.unusable and profile.source != "scripted"]
    current = [profile for profile in usable if profile.current]
    if len(current) == 1:
        return current[0], "the profile that is current in CC Switch"
    match usable:
        case [only]:
            return only, "the only usable profile"
        case []:
            raise ProfileUnusable(_nothing(profiles), hint="try profile=scripted for a run without any account")
        case several:
            names = ", ".join(profile.name for profile in several)
            raise ProfileUnusable(f"several profiles are usable: {names}", hint="choose one with profile=NAME")


def _named(wanted: str, profiles: Sequence[Profile]) -> Profile:
    found = _matching(wanted, profiles)
    if len(found) > 1:
        ids = ", ".join(f"{profile.id or profile.name} ({profile.source})" for profile in found)
        raise ProfileUnusable(f"several profiles are called {wanted!r}: {ids}", hint="choose one by its id")
    if not found:
        names = [profile.name for profile in profiles]
        close = get_close_matches(wanted, names, n=1)
        guess = f" Did you mean {close[0]!r}?" if close else ""
        raise ProfileUnusable(f"no profile {wanted!r}.{guess} Known: {', '.join(names) or 'none'}")
    if found[0].unusable:
        raise ProfileUnusable(f"profile {wanted!r} cannot be used: {found[0].unusable}")
    return found[0]


def _matching(wanted: str, profiles: Sequence[Profile]) -> list[Profile]:
    """By id, else by exact name, else by name but for case; never by a part of it."""
    return (
        [profile for profile in profiles if profile.id == wanted]
        or [profile for profile in profiles if profile.name == wanted]
        or [profile for profile in profiles if profile.name.casefold() == wanted.casefold()]
    )


def _model(config: RunConfig, role: Role, profile: Profile) -> tuple[str, str]:
    if config.model is not None:
        return config.model, "model pinned by model="
    if config.routing.strategy == "pinned":
        raise ProfileUnusable("routing=pinned needs model=ID", hint="name the model")
    always: dict[str, Tier] = {"cheap": "fast", "strong": "strong"}
    tier = always.get(config.routing.strategy, role.tier)
    model = profile.model_for(tier)
    if model is None:
        raise ProfileUnusable(f"profile {profile.name!r} names no model", hint="name one with model=ID")
    wish = f"routing={config.routing.strategy}" if tier != role.tier else f"role {role.name} asks for"
    return model, f"{wish} tier {tier}"


def _nothing(profiles: Sequence[Profile]) -> str:
    reasons = [f"{p.name}: {p.unusable}" for p in profiles if p.unusable]
    return "no usable profile" + (f" ({'; '.join(reasons)})" if reasons else "")
