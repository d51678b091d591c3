"""Which budgets a node's requests count against, from its plan and its owner's ceilings."""

from collections.abc import Iterator

from ccorch.rules.budget import Pool
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.plan import Limits, Plan, PlanNode

DAY = "day:{day}"
MONTH = "month:{month}"


def run_pool(run: str) -> str:
    """Id of a run's own pool."""
    return f"run:{run}"


def pools_of(run: str, plan: Plan, node: PlanNode, owner: Ceiling) -> tuple[Pool, ...]:
    """Every pool of a node, the narrowest first; a pool without limits is still booked."""
    return (*_own(run, plan, node), *_shared(run, plan, node, owner))


def _own(run: str, plan: Plan, node: PlanNode) -> Iterator[Pool]:
    limits = plan.limits
    for scope, name, usd, tokens in (
        ("node", f"node:{run}/{node.id}", plan.usd_of(node), plan.tokens_of(node)),
        ("run", run_pool(run), limits.usd_per_run, limits.tokens_per_run),
    ):
        kept = limits.handoff_reserve
        yield Pool(id=name, scope=scope, limit_usd=usd, key=_key(scope, "usd", usd, limits), kept=kept)
        if tokens is not None:
            key = _key(scope, "tokens", tokens, limits)
            yield Pool(id=f"tokens of {name}", scope=scope, limit_tokens=tokens, key=key, counts=name, kept=kept)


def _key(scope: str, unit: str, limit: float | None, limits: Limits) -> str:
    """What raises a limit: the run's key, or the node's own where that is what holds."""
    key = f"{unit}_per_{scope}"
    return f"cost.{key}" if limit == getattr(limits, key) else f"nodes.{unit}"


def _shared(run: str, plan: Plan, node: PlanNode, owner: Ceiling) -> Iterator[Pool]:
    limits, play = plan.limits, _play(plan)
    profile = plan.profile(node.route.profile)
    served = f"{play}profile:{_plain(profile.key)}:{{day}}"
    yield Pool(id=f"{play}{DAY}", scope="day", limit_usd=owner.usd_per_day, key="ceiling.usd_per_day")
    yield Pool(id=f"{play}{MONTH}", scope="month", limit_usd=owner.usd_per_month, key="ceiling.usd_per_month")
    yield Pool(
        id=served,
        scope=f"profile {profile.name} day",
        limit_usd=_by_name(owner.usd_per_profile, profile.name, profile.key),
        key="ceiling.usd_per_profile",
    )
    label = f"{play}label:{_plain(plan.label)}:{{month}}" if plan.label is not None else ""
    if label:
        yield Pool(id=label, scope=f"label {plan.label} month")
    named = _by_name(limits.usd_per_profile, profile.name, profile.key)
    # a run's own limit is a pool of its own, so that no other run's takes its place
    for name, scope, counts, limit in (
        ("day", "day", f"{play}{DAY}", limits.usd_per_day),
        ("month", "month", f"{play}{MONTH}", limits.usd_per_month),
        ("profile", f"profile {profile.name} day", served, named),
        ("label", f"label {plan.label} month", label, limits.usd_per_label),
    ):
        if limit is not None and counts:
            kept_as = f"{counts} for {run_pool(run)}"
            yield Pool(id=kept_as, scope=scope, limit_usd=limit, key=f"cost.usd_per_{name}", counts=counts)


def _play(plan: Plan) -> str:
    """The scripted model's play money has days of its own, so that demos take nothing from the real ones."""
    return "scripted " if all(profile.source == "scripted" for profile in plan.profiles) else ""


def _by_name(limits: dict[str, float], *names: str) -> float | None:
    known = [limits[name] for name in names if name in limits]
    return min(known) if known else None


def _plain(name: str) -> str:
    """A name that holds no place for a date."""
    return name.replace("{", "(").replace("}", ")")
