"""What a plan was made of, by hash: by these it is seen later whether anything has drifted."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from ccorch.plan.facts import Facts
from ccorch.plan.lane import Lane
from ccorch.rules.pricing import pricer
from ccorch.schema.base import fingerprint, fingerprint_of
from ccorch.schema.plan import Inputs, PlanNode
from ccorch.schema.price import ModelPrice
from ccorch.schema.profile import Profile

MACHINE_KEYS = ("task", "claude")
"""Keys that are not part of the config's hash: the task has its own, the binary is named by version and hash."""

MONEY = {"fallbacks": {"__all__": {"worst_usd"}}}
"""What of a route follows from prices."""


def inputs_of(
    lanes: Sequence[Lane], facts: Facts, nodes: Sequence[PlanNode], profiles: Sequence[Profile]
) -> Inputs:
    """Everything that the plan was made of, as hashes, prices and versions."""
    config = lanes[0].config
    models = {way.model for node in nodes if not node.commands for way in node.route.ways}
    price = pricer(facts.prices, config.prices)
    alike = Counter(name for profile in profiles for name in {profile.name, profile.key})
    data = [{key: value for key, value in lane.data.items() if key not in MACHINE_KEYS} for lane in lanes]
    return Inputs(
        config=fingerprint(data),
        task=hashlib.sha256(config.task.encode("utf-8", "surrogatepass")).hexdigest(),
        prompts=fingerprint_of([node.system_prompt for node in nodes], str),
        profiles={one.key if alike[one.name] > 1 else one.name: one.fingerprint for one in profiles},
        prices={model: _plain(price(model)) for model in sorted(models)},
        routing=_routing(nodes),
        cli=facts.cli,
        commit=facts.commit,
        dirty=facts.dirty,
    )


def _routing(nodes: Sequence[PlanNode]) -> str:
    # nodes of a kind share their route, and large plans have few kinds
    routes = [node.route for node in nodes]
    return fingerprint_of(routes, lambda route: route.model_dump(mode="json", exclude=MONEY))


def _plain(price: ModelPrice | None) -> ModelPrice | None:
    return None if price is None else ModelPrice(**{name: getattr(price, name) for name in ModelPrice.model_fields})
