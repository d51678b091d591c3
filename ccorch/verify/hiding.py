"""What must not stand in anything that commands print while a result is tried."""

from ccorch.errors import CcorchError
from ccorch.ports import Profiles
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch


def known_values(plan: Plan, profiles: Profiles, launch: Launch) -> tuple[str, ...]:
    """The credentials of the run's profiles, for a worker may have written them into what is tried.

    One that cannot be had any more is left out: then it is told by its looks alone.
    """
    if plan.worker == "simulated":
        return ()
    told = (
        _value(plan, name, profiles, launch)
        for name in sorted({node.route.profile for node in plan.nodes if not node.commands})
    )
    return tuple(value for value in told if value)


def _value(plan: Plan, name: str, profiles: Profiles, launch: Launch) -> str | None:
    profile = plan.profile(name)
    if not profile.needs_gateway or profile.source == "scripted":
        return None
    try:
        return profiles.secret(profile, launch)
    except CcorchError:
        return None
