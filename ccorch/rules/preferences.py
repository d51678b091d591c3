"""Which candidates are left by pins, preferences and recorded calibration, and what of these was passed over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ccorch.errors import ProfileUnusable
from ccorch.rules.market import Candidate, Market, candidates, of_model
from ccorch.schema.config import RunConfig
from ccorch.schema.policy import Preference
from ccorch.schema.profile import Profile
from ccorch.schema.role import Role


@dataclass(frozen=True)
class Pool:
    """Candidates that are left, and why."""

    candidates: tuple[Candidate, ...]
    why: tuple[str, ...] = ()
    """What narrowed it, in words; what was passed over too."""
    profile_fixed: bool = False
    """Whether the profile was named."""
    model_fixed: bool = False
    """Whether the model was named, so that no strategy looks for another."""
    by: str = ""
    """The preference or the record that narrowed it; empty when none did."""


def pinned(config: RunConfig, market: Market) -> Pool:
    """What profile=, model= and routing.profile leave; raises ProfileUnusable when that is nothing."""
    wanted, why = config.profile, "profile pinned by profile="
    if wanted is None:
        wanted, why = config.routing.profile, "profile from routing.profile"
    if config.routing.strategy == "pinned" and (wanted is None or config.model is None):
        if wanted is None:
            raise ProfileUnusable(
                "routing=pinned needs profile=NAME and model=ID", hint="name both, or another routing"
            )
        raise ProfileUnusable("routing=pinned needs model=ID", hint="name the model")
    if wanted is None:
        return Pool(market.offered) if config.model is None else _by_model(market.model(config.model), market)
    profile = market.named(wanted)
    if config.model is None:
        return Pool(candidates(profile), (why,), profile_fixed=True)
    fixed = Candidate(profile, market.model(config.model))
    return Pool((fixed,), (why, "model pinned by model="), profile_fixed=True, model_fixed=True)


def preferred(config: RunConfig, role: Role, market: Market, pool: Pool) -> Pool:
    """What the configured preferences leave: the first key of which anything fits decides."""
    for key in _keys(role, config.task_type, config.routing.preferences):
        place = f"routing.preferences.{key}"
        pool = _narrowed(pool, config.routing.preferences[key], place, market)
        if pool.by:
            break
    return pool


def calibrated(config: RunConfig, role: Role, market: Market, pool: Pool) -> Pool:
    """What the recorded calibration leaves; it counts only at the very profile that was measured."""
    record = market.experience.calibration
    if record is None or not config.routing.measured.calibration or pool.by or pool.model_fixed:
        return pool
    for key in _keys(role, config.task_type, record.preferences):
        place = f"the recorded calibration ({record.basis})"
        pool = _narrowed(pool, record.preferences[key], place, market, of_profile=True)
        if pool.by:
            break
    return pool


def _by_model(model: str, market: Market) -> Pool:
    """The profiles that name a pinned model; where none does, the one there is or the one in use."""
    why = "model pinned by model="
    if found := of_model(market.offered, model):
        return Pool(found, (why,), model_fixed=True)
    usable = [profile for profile in market.profiles if not profile.unusable and profile.source != "scripted"]
    current = [profile for profile in usable if profile.current]
    for few, word in ((usable, "the only usable profile"), (current, "the profile that is in use")):
        if len(few) == 1:
            asked = f"no profile names it, so {word} is asked for it"
            return Pool((Candidate(few[0], model),), (why, asked), profile_fixed=True, model_fixed=True)
    if not usable:
        raise nothing(market)
    known = ", ".join(dict.fromkeys(candidate.model for candidate in market.offered)) or "none"
    raise ProfileUnusable(
        f"no usable profile names model {model!r}; named are {known}", hint="say which serves it with profile=NAME"
    )


def nothing(market: Market) -> ProfileUnusable:
    """That nothing can be chosen, with the reason of every profile."""
    reasons = [f"{profile.name}: {profile.unusable}" for profile in market.profiles if profile.unusable]
    return ProfileUnusable(
        "no usable profile" + (f" ({'; '.join(reasons)})" if reasons else ""),
        hint="try profile=scripted for a run without any account",
    )


def _keys(role: Role, task_type: str | None, known: Mapping[str, Preference]) -> Iterator[str]:
    wanted = (role.name, *((task_type,) if task_type else ()), "default")
    return (key for key in dict.fromkeys(wanted) if key in known)


def _narrowed(pool: Pool, preference: Preference, place: str, market: Market, of_profile: bool = False) -> Pool:
    """What a preference leaves of the pool: all of it where nothing fits, which is said."""
    passed: list[str] = []
    here = () if pool.profile_fixed else _at_profiles(pool, preference.profiles, place, market, passed)
    if of_profile and not here and not _all_at(pool, preference.profiles):
        return replace(pool, why=(*pool.why, *_passed_over(place, passed)))
    left = here or pool.candidates
    where = "it is not named there" if here or pool.profile_fixed else "nothing usable names it"
    these = () if pool.model_fixed else _of_models(left, preference.models, market, where, passed)
    what = " and ".join(name for name, found in (("profile", here), ("model", these)) if found)
    if not what:
        return replace(pool, why=(*pool.why, *_passed_over(place, passed)))
    instead = f", passing over {', '.join(passed)}" if passed else ""
    return Pool(
        these or left,
        (*pool.why, f"{what} preferred by {place}{instead}"),
        pool.profile_fixed or bool(here),
        pool.model_fixed or bool(these),
        place,
    )


def _passed_over(place: str, passed: Sequence[str]) -> tuple[str, ...]:
    return (f"{place} fits nothing: {', '.join(passed)}",) if passed else ()


def _all_at(pool: Pool, keys: Sequence[str]) -> bool:
    """Whether the profile was named already and is one of these."""
    return pool.profile_fixed and all(candidate.profile.key in keys for candidate in pool.candidates)


def _at_profiles(
    pool: Pool, names: Sequence[str], place: str, market: Market, passed: list[str]
) -> tuple[Candidate, ...]:
    """The candidates at the first of these profiles that fits; why those before it do not is added to `passed`."""
    for name in names:
        profile = market.one(name, f"{place}: ")
        if profile is None:
            passed.append(f"profile {name!r} (none is called so)")
        elif profile.unusable:
            passed.append(f"profile {name!r} (cannot be used: {profile.unusable})")
        elif found := _at(profile, pool):
            return found
        else:
            passed.append(f"profile {name!r} (names no {'such ' * pool.model_fixed}model)")
    return ()


def _at(profile: Profile, pool: Pool) -> tuple[Candidate, ...]:
    if profile.source == "scripted" and not pool.model_fixed:
        return candidates(profile)
    return tuple(candidate for candidate in pool.candidates if candidate.profile is profile)


def _of_models(
    left: tuple[Candidate, ...], names: Sequence[str], market: Market, why: str, passed: list[str]
) -> tuple[Candidate, ...]:
    """The candidates with the first of these models that is named; those before it are added to `passed`."""
    for name in names:
        if found := of_model(left, market.model(name)):
            return found
        passed.append(f"model {name!r} ({why})")
    return ()
