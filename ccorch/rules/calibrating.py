"""What was measured enough to be preferred: for each role the best of the candidates that have been tried."""

from collections.abc import Mapping
from dataclasses import dataclass

from ccorch.rules.fitness import Fit
from ccorch.rules.market import Candidate, Market
from ccorch.rules.preferences import Pool
from ccorch.rules.routing import best, of_strategy
from ccorch.schema.config import RunConfig
from ccorch.schema.experience import Calibration
from ccorch.schema.policy import Preference
from ccorch.schema.role import Role


@dataclass(frozen=True)
class Proven:
    """The best candidate of a role that was measured enough."""

    candidate: Candidate
    fit: Fit
    others: int
    """Other candidates that were measured enough too."""


def proven(config: RunConfig, role: Role, market: Market, least: int) -> Proven | None:
    """The best of what the strategy looks at among those with so many measurements; None where there is none.

    What is worse than routing.min_score is not preferred, however often it was measured.
    """
    found = of_strategy(config, role, Pool(market.offered))
    fits = {one: market.fit(one, role, config.task_type) for one in found}
    tried = tuple(one for one in found if fits[one].measured >= least)
    good = tuple(one for one in tried if fits[one].score >= config.routing.min_score)
    if not good:
        return None
    first = best(config, role, market, Pool(good, model_fixed=True)).chosen
    return Proven(first, fits[first], len(tried) - 1)


def calibration(found: Mapping[str, Proven], at: float, least: int) -> Calibration:
    """The record of what was proven, by role."""
    preferences = {
        role: Preference(profiles=(one.candidate.profile.key,), models=(one.candidate.model,))
        for role, one in found.items()
    }
    models = {(one.candidate.profile.key, one.candidate.model): one.fit.benched for one in found.values()}
    judged = sum(one.fit.judged for one in found.values())
    basis = (
        f"{sum(models.values())} benchmark results and {judged} judgements of {len(models)} models, "
        f"at least {least} of each"
    )
    return Calibration(at=at, preferences=preferences, basis=basis)
