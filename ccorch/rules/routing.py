"""Which profile and model a role gets, and why: pins, then preferences, then calibration, then the score."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import nsmallest
from math import inf

from ccorch.errors import ProfileUnusable
from ccorch.rules.amounts import some
from ccorch.rules.fallbacks import resolved
from ccorch.rules.fitness import Fit
from ccorch.rules.market import Candidate, Market
from ccorch.rules.preferences import Pool, calibrated, nothing, pinned, preferred
from ccorch.schema.config import RunConfig
from ccorch.schema.profile import Profile, ProfileSource
from ccorch.schema.role import Role
from ccorch.schema.route import Route

SOURCES: dict[ProfileSource, str] = {
    "ccswitch": "CC Switch",
    "ccs": "ccs",
    "env": "the environment",
    "router": "claude-code-router",
    "litellm": "LiteLLM",
}
"""What sources are called where a profile is the one in use there."""

NAMED = 2
"""Passed-over candidates that a reason names one by one."""

Candidates = tuple[Candidate, ...]


@dataclass(frozen=True)
class Weighed:
    """What was chosen, what it was weighed against, and what narrowed the choice."""

    chosen: Candidate
    fit: Fit | None
    """Null when profile and model were both named."""
    second: Candidate | None
    """The best of the others."""
    pool: Pool
    """What was weighed."""
    why: str
    """The reason in words."""


def choose(config: RunConfig, role: Role, market: Market) -> Route:
    """The route of a role with its fallbacks.

    Raises ProfileUnusable with the candidates when nothing fits, ConfigInvalid when its fallbacks cannot be taken.
    """
    weighed = weigh(config, role, market)
    chosen = weighed.chosen
    fallbacks, skipped = resolved(config, role, chosen, market)
    return Route(
        profile=market.name(chosen.profile),
        model=chosen.model,
        reason="; ".join((weighed.why, *skipped)),
        score=weighed.fit.score if weighed.fit else None,
        fallbacks=fallbacks,
    )


def kept(route: Route, market: Market) -> Route:
    """A route of an earlier plan with its fallbacks; raises ProfileUnusable when a profile of it is gone."""
    for name in (route.profile, *(fallback.profile for fallback in route.fallbacks)):
        market.named(name)
    return route


def weigh(config: RunConfig, role: Role, market: Market) -> Weighed:
    """The choice with all that led to it; raises ProfileUnusable when nothing fits."""
    pool = pinned(config, market)
    if pool.profile_fixed and pool.model_fixed:
        return Weighed(pool.candidates[0], None, None, pool, "; ".join(pool.why))
    pool = calibrated(config, role, market, preferred(config, role, market, pool))
    if not pool.candidates:
        raise _nothing_named(config, market)
    return best(config, role, market, pool)


def best(config: RunConfig, role: Role, market: Market, pool: Pool) -> Weighed:
    """The best of a pool by the strategy; the pool must not be empty."""
    found = of_strategy(config, role, pool)
    left = _payable(config, market, spared := _spared(config, pool, found))
    order = _cheapest(config, role, market, left) if config.routing.strategy == "cheap" else None
    order = order or _fittest(config, role, market, left, pool)
    first, *others = nsmallest(2, order.left, key=order.key)
    fit = market.fit(first, role, config.task_type)
    weighed = Weighed(first, fit, others[0] if others else None, pool, "")
    told = others or len(left) < len(found) or (fit.measured and not pool.profile_fixed)
    why = (
        *pool.why,
        _alone(left, found, pool),
        f"fit {fit.score:g} of 10 for {role.name} ({fit.basis()})" if told else "",
        order.how,
        _tie(config, role, market, weighed),
        _unpaid(left, spared, market),
        _unused(spared, found, market),
    )
    return replace(weighed, why="; ".join(part for part in why if part))


def of_strategy(config: RunConfig, role: Role, pool: Pool) -> Candidates:
    """What the strategy looks at: the tier that the role asks for, or every model; a named model is left alone."""
    if pool.model_fixed or config.routing.strategy != "balanced":
        return pool.candidates
    return tuple(candidate for candidate in pool.candidates if role.tier in candidate.tiers)


def _spared(config: RunConfig, pool: Pool, found: Candidates) -> Candidates:
    """Without subscriptions that are not in use: their quota is taken only where it is asked for."""
    if pool.profile_fixed or pool.by or config.routing.strategy == "strong":
        return found
    others = tuple(one for one in found if one.profile.kind != "subscription" or one.profile.current)
    return others or found


def _unused(left: Candidates, found: Candidates, market: Market) -> str:
    kept = set(left)
    names = dict.fromkeys(market.name(one.profile) for one in found if one not in kept)
    return f"passed over, a subscription is spared unless it is asked for: {', '.join(names)}" if names else ""


def _payable(config: RunConfig, market: Market, found: Candidates) -> Candidates:
    """Without what the run would be refused for, a model without a price; all of it where nothing else is there."""
    if config.cost.unpriced == "allow":
        return found
    paid = tuple(one for one in found if one.profile.kind == "subscription" or market.usd(one) is not None)
    return paid or found


def _unpaid(left: Candidates, found: Candidates, market: Market) -> str:
    kept = set(left)
    gone = [one for one in found if one not in kept]
    names = some([market.shown(one) for one in gone], NAMED)
    return f"passed over, their price is unknown: {names}" if gone else ""


@dataclass(frozen=True)
class Order:
    """In which order candidates are taken, and the strategy's word for it."""

    left: Candidates
    key: Callable[[Candidate], tuple[float, ...]]
    how: str


def _cheapest(config: RunConfig, role: Role, market: Market, found: Candidates) -> Order | None:
    """By price, among those that are good enough; None where that is nobody."""
    score = _scores(config, role, market)
    usd = {one: price for one in found if (price := market.usd(one)) is not None}
    good = tuple(one for one in usd if score(one) >= config.routing.min_score)
    if not good:
        return None
    least = min(usd[one] for one in good)
    how = f"routing=cheap: ${least:g} a million tokens (3 in, 1 out) is the least of {len(good)} with fit"
    return Order(
        good,
        lambda one: (usd[one], -score(one), not one.profile.current, one.place, -one.rank),
        f"{how} {config.routing.min_score:g} or more",
    )


def _fittest(config: RunConfig, role: Role, market: Market, found: Candidates, pool: Pool) -> Order:
    """By score, then the profile in use, then the price, then the order in which they are listed."""
    score, strategy = _scores(config, role, market), config.routing.strategy
    # where nothing else tells models of one profile apart, its own word for them does
    strength = {"strong": 1, "cheap": -1}.get(strategy, 0)

    def key(one: Candidate) -> tuple[float, ...]:
        usd = market.usd(one)
        dear = inf if usd is None else usd
        return (-score(one), not one.profile.current, strength * one.rank, dear, one.place, one.rank)

    return Order(found, key, _how(config, role, market, found, pool))


def _how(config: RunConfig, role: Role, market: Market, found: Candidates, pool: Pool) -> str:
    if config.routing.strategy == "strong":
        return f"routing=strong: the fittest of {len(found)}" if len(found) > 1 else "routing=strong"
    if config.routing.strategy == "cheap":
        priced = any(market.usd(one) is not None for one in found)
        why = f"none with a known price reaches routing.min_score={config.routing.min_score:g}"
        return f"routing=cheap: {why if priced else 'no price is known'}, so the fittest"
    several = f"the best of {len(found)}; " if len(found) > 1 else ""
    return several.rstrip("; ") if pool.model_fixed else f"{several}role {role.name} asks for tier {role.tier}"


def _scores(config: RunConfig, role: Role, market: Market) -> Callable[[Candidate], float]:
    return lambda one: market.fit(one, role, config.task_type).score


def _alone(left: Candidates, found: Candidates, pool: Pool) -> str:
    """That there was no other profile to choose from, where nobody named this one."""
    profiles = {candidate.profile.key: candidate.profile for candidate in left}
    if pool.profile_fixed or pool.by or len(profiles) > 1:
        return ""
    narrower = " that names it" if pool.model_fixed else " with a known price" if len(left) < len(found) else ""
    return f"the only usable profile{narrower}{in_use(next(iter(profiles.values())))}"


def in_use(profile: Profile) -> str:
    """That the profile is the one in use where it comes from, as the end of a sentence."""
    return f", current in {SOURCES.get(profile.source, 'its source')}" if profile.current else ""


def _tie(config: RunConfig, role: Role, market: Market, weighed: Weighed) -> str:
    """What decided between equals."""
    first, second = weighed.chosen, weighed.second
    score = _scores(config, role, market)
    if second is None or config.routing.strategy == "cheap" or score(first) != score(second):
        return ""
    ours, theirs = market.usd(first), market.usd(second)
    if first.profile.current and not second.profile.current:
        end = in_use(first.profile).lstrip(", ")
    elif config.routing.strategy == "strong" and first.rank < second.rank:
        end = "declared as the stronger"
    elif ours is not None and (theirs is None or ours < theirs):
        end = "cheaper" if theirs is not None else "with a known price"
    else:
        end = "listed first"
    return f"as fit as {market.shown(second)}, but {end}"


def _nothing_named(config: RunConfig, market: Market) -> ProfileUnusable:
    wanted = config.routing.profile if config.profile is None else config.profile
    if wanted is not None:
        return ProfileUnusable(f"profile {wanted!r} names no model", hint="name one with model=ID")
    usable = [profile for profile in market.profiles if not profile.unusable and profile.source != "scripted"]
    if not usable:
        return nothing(market)
    names = ", ".join(profile.name for profile in usable)
    return ProfileUnusable(f"no usable profile names a model: {names}", hint="name both with profile=NAME model=ID")
