"""What a caller can ask about profiles, routes and models, and how they are measured."""

from typing import Annotated

from pydantic import Field

from ccorch.schema.base import Many, Value


class ProfilesRequest(Value):
    """List every profile: source, models, endpoint, price, health, and whether it can be launched."""

    overrides: Many[str] = ()
    """Overrides to look under, such as profiles.ccswitch=false."""
    source: str | None = None
    """Only profiles of this source, such as ccswitch."""


class ProfileShowRequest(Value):
    """Show one profile in full; never its secret."""

    name: str
    """Profile by id, exact name or alias."""


class ProfileCheckRequest(Value):
    """Make one tiny request through a real worker and record what the profile can do; costs a few cents at most."""

    name: str
    """Profile by id, exact name or alias."""
    overrides: Many[str] = ()
    """Overrides for the run, such as model=ID or script=NAME."""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 120.0
    """Most seconds to wait."""


class RoutesRequest(Value):
    """Tell for every role which profile and model it gets, why, at which price, and what would change it."""

    overrides: Many[str] = ()
    """Overrides to look under, such as routing=cheap or profile=NAME."""
    role: str | None = None
    """Only this role."""
    out: str | None = None
    """File to write the strategy report to, as Markdown."""


class ModelsRequest(Value):
    """List models with their scores, where these come from, prices, and what was measured of them."""

    overrides: Many[str] = ()
    """Overrides to look under."""
    model: str | None = None
    """Only this model."""


class BenchRequest(Value):
    """Plan the fixed suite for profiles and models and say what it costs; with --run, do and keep it."""

    overrides: Many[str] = ()
    """Overrides for the runs, such as cost.usd_per_run=0.5."""
    profile: Many[str] = ()
    """Profiles by id, exact name or alias; none takes all that can be launched."""
    model: Many[str] = ()
    """Models to measure; none takes what each profile names."""
    case: Many[str] = ()
    """Cases: code_fix, review, security, long_context, multimodal; none takes all."""
    run: bool = False
    """Run it; without this nothing is started."""
    timeout: Annotated[float, Field(gt=0, le=86_400)] = 1800.0
    """Most seconds for all of it."""


class CalibrateRequest(Value):
    """Record preferred profiles and models by role from what was measured; without --apply only tell."""

    overrides: Many[str] = ()
    """Overrides to look under."""
    min_samples: Annotated[int, Field(ge=1, le=10_000)] = 3
    """Least measurements of a model before it is preferred."""
    apply: bool = False
    """Record it."""
    forget: bool = False
    """Take the recorded preferences back."""
