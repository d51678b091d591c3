"""What is not as it was when a run was planned: told, and never used by a run that goes on as planned."""

from dataclasses import replace
from pathlib import Path

from ccorch.errors import CcorchError
from ccorch.operations.house import House
from ccorch.operations.planning import prepare
from ccorch.plan.diff import differences
from ccorch.schema.plan import Plan

MOST_TOLD = 20
"""Differences that are told one by one."""


def drifted(house: House, plan: Plan, project: Path) -> tuple[str, ...]:
    """
    How a plan of the same words would differ today, in sentences.

    Routes count where they would lead elsewhere; other reasons, from more that is on record, are no drift.
    """
    try:
        now = prepare(replace(house, project=project), plan.asked, plan.task, None).plan
    except CcorchError as problem:
        return (f"it could not be planned today: {problem.message}",)
    same_ways = all(_way(plan, node) == _way(now, node) for node in plan.by_id.keys() & now.by_id.keys())
    counted = (one for one in differences(plan, now) if not (same_ways and one.drift == "routing"))
    found = tuple(map(str, counted))
    more = (f"and {len(found) - MOST_TOLD} more",) if len(found) > MOST_TOLD else ()
    return (*found[:MOST_TOLD], *more)


def _way(plan: Plan, node: str) -> tuple[str, str]:
    route = plan.by_id[node].route
    return route.profile, route.model
