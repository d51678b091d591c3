"""A run that was over goes on: with what is there today, as it was planned; what is not as it was is told."""

from dataclasses import replace
from pathlib import Path

from ccorch.errors import CcorchError
from ccorch.operations.house import House
from ccorch.operations.planning import prepare, relaunch
from ccorch.plan.diff import differences
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch

MOST_TOLD = 20
"""Differences that are told one by one."""


def anew(house: House, plan: Plan, project: Path) -> tuple[Launch, tuple[str, ...]]:
    """The caller's side as it is today, and in sentences how a plan of the same words would differ today.

    Routes count where they would lead elsewhere; other reasons, from more that is on record, are no drift.
    """
    try:
        now = prepare(replace(house, project=project), plan.asked, plan.task, None)
    except CcorchError as problem:
        launch = relaunch(house, plan, project, None)
        found = f"Claude Code is {launch.cli.version} now" if launch.cli else ""
        return launch, tuple(filter(None, (f"it could not be planned today: {problem.message}", found)))
    return relaunch(house, plan, project, now.composed[0].config.claude), _told(plan, now.plan)


def _told(plan: Plan, now: Plan) -> tuple[str, ...]:
    same_ways = all(_way(plan, node) == _way(now, node) for node in plan.by_id.keys() & now.by_id.keys())
    counted = (one for one in differences(plan, now) if not (same_ways and one.drift == "routing"))
    found = tuple(map(str, counted))
    more = (f"and {len(found) - MOST_TOLD} more",) if len(found) > MOST_TOLD else ()
    return (*found[:MOST_TOLD], *more)


def _way(plan: Plan, node: str) -> tuple[str, str]:
    route = plan.by_id[node].route
    return route.profile, route.model
