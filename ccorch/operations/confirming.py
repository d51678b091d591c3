"""What has to be said before money is spent: what a run will probably cost, and whether somebody has to agree."""

from ccorch.config.compose import Composed
from ccorch.errors import ConfigForbidden, ConfirmationNeeded
from ccorch.operations.house import House
from ccorch.operations.planning import Prepared
from ccorch.rules.amounts import money
from ccorch.rules.ceilings import confirm_above
from ccorch.schema.forecast import Expected
from ccorch.schema.planning import RunRequest

LOOKED_AT = 100
"""Latest runs from which the expectation is drawn."""

KEY = "cost.confirm_above_usd"
UNPRICED = "cost.unpriced"

SHORTEST = 12
"""Fewest characters of a plan's id that confirm it."""


def forecast(house: House, prepared: Prepared) -> Expected | None:
    """What the plan will probably cost; a past run that cannot be read tells nothing."""
    plan = prepared.plan
    if plan.worker == "simulated" or all(plan.is_covered(node) for node in plan.nodes):
        return None
    from ccorch.rules.forecast import expected, past  # brings the summary of a run

    return expected(plan, past(house.library.summaries(LOOKED_AT)))


def check_confirmed(house: House, prepared: Prepared, request: RunRequest) -> None:
    """Refuse a run that may cost more than is spent without asking, or more than anybody can say."""
    _check_client(house, prepared)
    plan, ceiling = prepared.plan, house.ceiling()
    limits = [confirm_above(one.config, ceiling) for one in prepared.composed]
    known = [limit for limit in limits if limit is not None]
    if plan.worker == "simulated" or not known or all(plan.is_covered(node) for node in plan.nodes):
        return
    worst, most = plan.worst_usd, min(known)
    if (worst is not None and worst <= most) or request.yes or _names(request.confirm, plan.sha256):
        return
    cost = "cost without a limit" if worst is None else f"cost up to {money(worst)}"
    how = f"confirm={plan.sha256[:SHORTEST]}" if house.by == "mcp" else "--yes"
    asked = "show this to the user and call again with" if house.by == "mcp" else "run it again with"
    raise ConfirmationNeeded(
        f"this run of {len(plan.nodes)} workers may {cost}, above {KEY} ({money(most)})",
        hint=f"{asked} {how}; or lower cost.usd_per_run",
        plan_id=plan.sha256,
        worst_usd=worst,
        confirm_above_usd=most,
        nodes=len(plan.nodes),
    )


def _check_client(house: House, prepared: Prepared) -> None:
    """What asks the user, or keeps money limits, is not switched off by a client that should have asked."""
    if house.by != "mcp":
        return
    set_here = [key for key in (KEY, UNPRICED) for one in prepared.composed if _is_loosened(one, key)]
    if set_here:
        said = f"{set_here[0]} cannot be set by an MCP client"
        raise ConfigForbidden(said, hint="leave it to the user's configuration")


def _is_loosened(composed: Composed, key: str) -> bool:
    if composed.origins.lookup(key).layer != "override":
        return False
    return key != UNPRICED or composed.config.cost.unpriced != "refuse"


def _names(said: str | None, plan: str) -> bool:
    return said is not None and len(said) >= SHORTEST and plan.startswith(said)
