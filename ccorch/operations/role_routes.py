"""The route of each role, or why it has none."""

from ccorch.errors import CcorchError
from ccorch.operations.look import Look
from ccorch.rules.routing import choose, weigh
from ccorch.rules.what_if import would_change
from ccorch.schema.base import Many, Value
from ccorch.schema.role import Role, Tier
from ccorch.schema.route import FallbackRoute


class RoleRoute(Value):
    """The route of one role, or why it has none."""

    role: str
    """Name of the role."""
    tier: Tier | None = None
    """Strength of model that it asks for; null when its file is broken."""
    profile: str | None = None
    """Profile that serves it; null when none can."""
    model: str | None = None
    """Model it runs on."""
    kind: str | None = None
    """api_key is paid by the token, subscription by a plan; null when there is no route."""
    score: float | None = None
    """How fit the model is for the role, 0 to 10; null when profile and model were both named."""
    usd_input: float | None = None
    """US dollars for a million tokens of input as this profile bills them; null is unknown or paid by a plan."""
    usd_output: float | None = None
    """The same for output."""
    reason: str
    """Why this route, or why there is none."""
    fallbacks: Many[FallbackRoute] = ()
    """What is declared for when the route fails, by class of error."""
    would_change: Many[str] = ()
    """What would make it another one."""
    error: str | None = None
    """Code of the problem; null when there is a route."""


class RoutesReply(Value):
    """Routes of all roles."""

    strategy: str
    """Strategy they were chosen by."""
    routes: Many[RoleRoute]
    """One for each role, in alphabetical order."""
    usable: int
    """Profiles that can be used."""
    known: int
    """Profiles in all."""
    benched: int
    """Benchmark results on record."""
    judged: int
    """Judgements of real work on record."""
    calibration: str | None
    """What the recorded calibration rests on; null when none is recorded."""
    notes: Many[str] = ()
    """What of the sources could not be read or is left out."""
    advice: str | None = None
    """How to get a profile, where none but the scripted model can be launched."""
    out: str | None = None
    """File that the report was written to."""


def told(seen: Look, name: str) -> RoleRoute:
    """The route of this role; a problem is told in its place."""
    role = seen.roles[name]
    if not isinstance(role, Role):
        return RoleRoute(role=name, reason=role.message, error=role.code)
    try:
        return _routed(seen, name, role)
    except CcorchError as problem:
        return RoleRoute(role=name, tier=role.tier, reason=problem.message, error=problem.code)


def _routed(seen: Look, name: str, role: Role) -> RoleRoute:
    route = choose(seen.config, role, seen.market)
    weighed = weigh(seen.config, role, seen.market)
    usd = seen.market.rates(weighed.chosen)
    return RoleRoute(
        role=name,
        tier=role.tier,
        profile=route.profile,
        model=route.model,
        kind=weighed.chosen.profile.kind,
        score=route.score,
        usd_input=usd[0],
        usd_output=usd[1],
        reason=route.reason,
        fallbacks=route.fallbacks,
        would_change=would_change(seen.config, role, seen.market, weighed),
    )
