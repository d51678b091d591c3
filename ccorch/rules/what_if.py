"""What would change a route, in sentences that the rule itself bears out."""

from collections.abc import Iterator, Mapping
from heapq import nsmallest
from typing import Any

from ccorch.errors import ProfileUnusable
from ccorch.rules.market import Market
from ccorch.rules.preferences import Pool
from ccorch.rules.routing import Weighed, of_strategy, weigh
from ccorch.schema.config import RunConfig
from ccorch.schema.role import Role

MOST_OUT = 3
"""Profiles that cannot be used and are told one by one."""


def would_change(config: RunConfig, role: Role, market: Market, weighed: Weighed) -> tuple[str, ...]:
    """What more measurements, other prices or another configuration would make of this route."""
    told = (
        *_runner_up(config, role, market, weighed),
        *_without_choice(config, role, market, weighed),
        *_other_settings(config, role, market, weighed),
        *_out(config, role, market, weighed),
    )
    return tuple(dict.fromkeys(told))


def _runner_up(config: RunConfig, role: Role, market: Market, weighed: Weighed) -> Iterator[str]:
    """By how much the best of the others is behind."""
    first, second = weighed.chosen, weighed.second
    if second is None or weighed.fit is None:
        return
    usd, other = market.usd(first), market.usd(second)
    behind = weighed.fit.score - market.fit(second, role, config.task_type).score
    if config.routing.strategy == "cheap" and usd is not None and other is not None and other > usd:
        yield f"{market.shown(second)} would win if it were ${other - usd:.3g} a million tokens cheaper"
    elif behind > 0:
        yield f"{market.shown(second)} would win with {behind:.2f} more of 10"
    else:
        yield f"{market.shown(second)} would win with the next measurement in its favour"


def _without_choice(config: RunConfig, role: Role, market: Market, weighed: Weighed) -> Iterator[str]:
    """What would be taken without the pins, the preference or the record that decided."""
    routing, by = config.routing, weighed.pool.by
    keys = [f"{key}=" for key in ("profile", "model") if getattr(config, key) is not None]
    if keys or routing.profile is not None:
        strategy = "balanced" if routing.strategy == "pinned" else routing.strategy
        free = _other(config, {"profile": None, "strategy": strategy}, profile=None, model=None)
        yield from _taken(f"without {' and '.join(keys) or 'routing.profile'}", free, role, market, weighed)
    elif by.startswith("routing.preferences"):
        left = {key: one for key, one in routing.preferences.items() if by != f"routing.preferences.{key}"}
        yield from _taken(f"without {by}", _other(config, {"preferences": left}), role, market, weighed)
    elif by:
        measured = routing.measured.model_copy(update={"calibration": False})
        free = _other(config, {"measured": measured})
        yield from _taken("routing.measured.calibration=false", free, role, market, weighed)


def _other_settings(config: RunConfig, role: Role, market: Market, weighed: Weighed) -> Iterator[str]:
    for strategy in ("cheap", "balanced", "strong") if weighed.fit else ():
        if strategy != config.routing.strategy:
            yield from _taken(f"routing={strategy}", _other(config, {"strategy": strategy}), role, market, weighed)
    if weighed.fit and config.cost.unpriced == "refuse":
        free = config.model_copy(update={"cost": config.cost.model_copy(update={"unpriced": "allow"})})
        yield from _taken("cost.unpriced=allow", free, role, market, weighed)


def _out(config: RunConfig, role: Role, market: Market, weighed: Weighed) -> Iterator[str]:
    """Profiles that cannot be used, where they would be in front or are the ones in use."""
    if weighed.fit is None or weighed.pool.profile_fixed:
        return
    best, type_ = weighed.fit.score, config.task_type
    scores = {one: market.fit(one, role, type_).score for one in of_strategy(config, role, Pool(market.out))}
    ahead = [one for one, score in scores.items() if score > best or one.profile.current]
    for one in nsmallest(MOST_OUT, ahead, key=lambda one: (-scores[one], one.place)):
        fit = f"fit {scores[one]:g} of 10"
        yield f"{market.shown(one)} ({fit}) is out because its profile cannot be used: {one.profile.unusable}"


def _taken(word: str, config: RunConfig, role: Role, market: Market, weighed: Weighed) -> Iterator[str]:
    try:
        other = weigh(config, role, market).chosen
    except ProfileUnusable as problem:
        yield f"{word}: {problem.message}"
        return
    if (other.profile.key, other.model) != (weighed.chosen.profile.key, weighed.chosen.model):
        yield f"{word} would take {market.shown(other)}"


def _other(config: RunConfig, routing: Mapping[str, Any], **plain: Any) -> RunConfig:
    return config.model_copy(update={"routing": config.routing.model_copy(update=routing), **plain})
