"""What was measured of models: benchmarks, the quality of their work, checks of profiles, recorded preferences."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value
from ccorch.schema.policy import Preference

Case = Literal["code_fix", "review", "security", "long_context", "multimodal"]
"""What the fixed suite asks of a model."""

CASES: tuple[Case, ...] = ("code_fix", "review", "security", "long_context", "multimodal")

Moment = Annotated[float, Field(ge=0, le=253_402_300_799)]
"""Unix time in seconds, up to the year 9999."""

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""Seconds or US dollars."""

SUITE = "1"
"""Version of the suite; it changes with what is asked, so that unlike results are not compared."""


class BenchResult(Value):
    """One case of the suite, done by one model at one profile."""

    at: Moment
    """Unix time of its end in seconds."""
    suite: str
    """Version of the suite; results of another version are not compared."""
    case: Case
    """What was asked."""
    profile: str
    """Key of the profile: its id, or its name where it has none."""
    model: str
    """Model that was asked for."""
    served: str | None = None
    """Model that answered; null when none did."""
    score: Annotated[float, Field(ge=0, le=1)]
    """Share of the answer that was right."""
    reason: str = ""
    """What was wrong, in words."""
    seconds: Amount | None = None
    """How long the worker took; null when it is unknown."""
    usd: Amount | None = None
    """What it cost; null when it is unknown."""
    run: str
    """Run that did it."""


class Quality(Value):
    """How good one piece of real work was, as judged after it."""

    at: Moment
    """Unix time of the judgement in seconds."""
    run: str
    """Run that was judged."""
    node: str
    """Node that was judged."""
    attempt: Annotated[int, Field(ge=1)]
    """Attempt that was judged."""
    profile: str
    """Key of the profile."""
    model: str
    """Model that answered, not the one that was declared."""
    role: str
    """Role that worked."""
    task_type: str | None = None
    """Kind of task, where one was named."""
    score: Annotated[float, Field(ge=0, le=100)]
    """100 is flawless."""
    notes: str = ""
    """Why, in words."""


class Calibration(Value):
    """Preferences that were recorded from what was measured."""

    at: Moment
    """Unix time in seconds."""
    preferences: dict[str, Preference]
    """Preferred profiles and models by role."""
    basis: str
    """What they rest on, in words."""


class ProfileCheck(Value):
    """One tiny request through a real worker."""

    at: Moment
    """Unix time of its end in seconds."""
    profile: str
    """Key of the profile."""
    fingerprint: str
    """Fingerprint of the profile without its switched-off capabilities; a check of another one says nothing."""
    model: str
    """Model that was asked for."""
    served: str | None = None
    """Model that answered; null when none did."""
    ok: bool
    """Whether the answer came and was right."""
    tools: bool | None = None
    """Whether a tool was called and its result used; null when it did not come to that."""
    capabilities_off: Many[str] = ()
    """Request features that the endpoint refused and that are switched off for it from now on."""
    seconds: Amount | None = None
    """Seconds until the answer was whole; null when none came."""
    reason: str = ""
    """What was wrong, in words."""
    run: str | None = None
    """Run that did it; null when it could not be started."""


class Experience(Value):
    """Everything that was measured, oldest first."""

    bench: Many[BenchResult] = ()
    """Results of the suite."""
    quality: Many[Quality] = ()
    """Judgements of real work."""
    checks: Many[ProfileCheck] = ()
    """Checks of profiles."""
    calibration: Calibration | None = None
    """Recorded preferences; null when nothing was recorded."""
