"""What the verbs about routes and models look at: configuration, roles, profiles and what was measured."""

from dataclasses import dataclass

from ccorch.config.compose import ComposeRequest, compose
from ccorch.config.roles import Found, roles
from ccorch.operations.house import House
from ccorch.rules.market import Market
from ccorch.schema.config import RunConfig


@dataclass(frozen=True)
class Look:
    """One look; nothing of it changes afterwards."""

    config: RunConfig
    market: Market
    roles: dict[str, Found]


def look(house: House, overrides: tuple[str, ...]) -> Look:
    """Look at what a run under these overrides would be planned from."""
    task = None if any(word.startswith("task=") for word in overrides) else "-"
    request = ComposeRequest(house.project, overrides, task=task, user_dir=house.user_config, cache_dir=house.cache)
    composed = compose(request)
    config = composed.config
    market = Market(
        config,
        house.profiles.all(config.profiles),
        house.records.experience(),
        house.profiles.prices(config.profiles),
    )
    return Look(config, market, roles(request, composed))
