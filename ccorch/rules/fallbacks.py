"""Where a node's requests go when its route fails: chains by class of error, resolved, checked and priced."""

from collections.abc import Iterator

from ccorch.errors import ConfigInvalid, ProfileUnusable
from ccorch.rules.fitness import alike
from ccorch.rules.market import Candidate, Market, candidates, of_model
from ccorch.rules.worst_case import turns, worst_usd
from ccorch.schema.config import RunConfig
from ccorch.schema.policy import Fallback
from ccorch.schema.role import Role
from ccorch.schema.route import FallbackRoute


def resolved(
    config: RunConfig, role: Role, chosen: Candidate, market: Market
) -> tuple[tuple[FallbackRoute, ...], tuple[str, ...]]:
    """The fallbacks of a route, and what was left out of them; raises ConfigInvalid with every problem at once."""
    found: list[FallbackRoute] = []
    skipped: list[str] = []
    problems: list[str] = []
    for error, chain in config.routing.fallbacks.items():
        before: list[Candidate] = []
        for number, fallback in enumerate(chain):
            place = f"routing.fallbacks.{error}.{number}"
            try:
                target = _target(fallback, role, market)
            except ProfileUnusable as problem:
                problems.append(f"{place}.profile: {problem.message}")
                continue
            problems += [f"{place}: {said}" for said in _problems(config, target, before, market)]
            before.append(target)
            if _same(target, chosen):
                skipped.append(f"fallback on {error} to {market.shown(target)} left out: it is the route itself")
            else:
                route = FallbackRoute(on=error, profile=market.name(target.profile), model=target.model)
                found.append(repriced(route, turns(config, role), market))
    if problems:
        raise ConfigInvalid("; ".join(problems), problems=tuple(problems), hint="mend routing.fallbacks")
    return tuple(found), tuple(skipped)


def repriced(fallback: FallbackRoute, max_turns: int, market: Market) -> FallbackRoute:
    """A fallback at the market's price for an attempt of so many turns."""
    profile = market.named(fallback.profile)
    price = market.price(fallback.model) if profile.needs_gateway else None
    worst = worst_usd(price, max_turns, profile.multiplier)
    return fallback.model_copy(update={"worst_usd": worst})


def _target(fallback: Fallback, role: Role, market: Market) -> Candidate:
    profile = market.named(fallback.profile)
    if fallback.model is None:
        model = profile.model_for(role.tier)
        if model is None:
            raise ProfileUnusable(f"profile {fallback.profile!r} names no model; say which")
        return Candidate(profile, model)
    wanted = market.model(fallback.model)
    return next(iter(of_model(candidates(profile), wanted)), Candidate(profile, wanted))


def _problems(config: RunConfig, target: Candidate, before: list[Candidate], market: Market) -> Iterator[str]:
    named = of_model(candidates(target.profile), target.model)
    priced = market.price(target.model) is not None
    if not named and not priced:
        known = ", ".join(one.model for one in candidates(target.profile)) or "none"
        yield f"{market.shown(target)}: the profile does not name this model, it names {known}"
    if any(_same(target, other) for other in before):
        yield f"{market.shown(target)} stands in this chain already"
    metered = config.worker != "simulated" and target.profile.kind != "subscription"
    if named and not priced and metered and config.cost.unpriced == "refuse":
        yield f"{market.shown(target)}: no price is known for this model (cost.unpriced=refuse)"


def _same(one: Candidate, other: Candidate) -> bool:
    return one.profile.key == other.profile.key and alike(one.model, other.model)
