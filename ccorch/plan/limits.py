"""What holds for a whole run: the strictest limits of all its lanes, checked for those that could not bind."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from ccorch.errors import BudgetExceeded, ConfigInvalid
from ccorch.plan.lane import Lane
from ccorch.rules.ceilings import tokens_for_run, usd_for_run
from ccorch.rules.tightest import oftenest, tightest
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.plan import Limits, PlanNode
from ccorch.schema.policy import Retries
from ccorch.schema.profile import Profile

LABEL = "name one with label=…"


def limits_of(lanes: Sequence[Lane], ceiling: Ceiling) -> Limits:
    """The strictest limit of all lanes: they share one run."""
    configs = [lane.config for lane in lanes]
    return Limits(
        max_concurrent=min(config.policy.max_concurrent for config in configs),
        usd_per_node=_least(config.cost.usd_per_node for config in configs),
        usd_per_run=_least(usd_for_run(config, ceiling) for config in configs),
        usd_per_day=_least(config.cost.usd_per_day for config in configs),
        usd_per_month=_least(config.cost.usd_per_month for config in configs),
        usd_per_profile=_least_by_name([config.cost.usd_per_profile for config in configs]),
        usd_per_label=_least(config.cost.usd_per_label for config in configs),
        tokens_per_node=_least(config.cost.tokens_per_node for config in configs),
        handoff_reserve=max(config.cost.handoff_reserve for config in configs),
        tokens_per_run=_least(tokens_for_run(config, ceiling) for config in configs),
        unpriced="refuse" if any(config.cost.unpriced == "refuse" for config in configs) else "allow",
        route_mismatch="fail" if any(c.policy.route_mismatch == "fail" for c in configs) else "warn",
        priority=min(config.queue.priority for config in configs),
        retries=_fewest([config.policy.retries for config in configs]),
        keep_raw=min(config.policy.keep_raw for config in configs),
        stall_seconds=min(config.policy.stall_seconds for config in configs),
        no_progress_seconds=min(config.policy.no_progress_seconds for config in configs),
        output=tightest([config.policy.output for config in configs]),
        checkpoint=oftenest([config.policy.checkpoint for config in configs]),
    )


Number = TypeVar("Number", int, float)


def _least(limits: Iterable[Number | None]) -> Number | None:
    """The smallest of those that are limits."""
    known = [limit for limit in limits if limit is not None]
    return min(known) if known else None


def _least_by_name(limits: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for each in limits for name in each)
    return {name: min(each[name] for each in limits if name in each) for name in names}


def _fewest(retries: Sequence[Retries]) -> Retries:
    """The strictest of each: the fewest tries, the longest wait."""
    counts = [name for name in Retries.model_fields if name != "backoff_seconds"]
    fewest = {name: min(getattr(one, name) for one in retries) for name in counts}
    return Retries(**fewest, backoff_seconds=max(one.backoff_seconds for one in retries))


def check_money(
    lanes: Sequence[Lane], nodes: Sequence[PlanNode], limits: Limits, profiles: Sequence[Profile]
) -> None:
    """Limits that could not bind are refused, and so are more workers than are allowed."""
    most, first = min(lane.config.cost.max_nodes for lane in lanes), lanes[0].config
    if first.worker != "simulated" and len(nodes) > most:
        raise BudgetExceeded(
            f"the plan has {len(nodes)} workers, lanes and fan-outs spelled out; cost.max_nodes allows {most}",
            hint="make it smaller, or raise cost.max_nodes",
        )
    if limits.usd_per_label is not None and first.label is None:
        raise ConfigInvalid("cost.usd_per_label limits runs by their label, and this one has none", hint=LABEL)
    names = {name for profile in profiles for name in (profile.name, profile.key)}
    if strange := [name for name in limits.usd_per_profile if name not in names]:
        known = ", ".join(sorted(profile.name for profile in profiles)[:20])
        said = f"cost.usd_per_profile: there is no profile {', '.join(map(repr, strange))}"
        raise ConfigInvalid(said, hint=f"profiles are {known}")
