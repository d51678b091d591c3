"""What rules judged about a run's evidence; never the worker's own claim."""

from typing import Literal

from ccorch.schema.base import Many, Value

Judgement = Literal["pass", "fail", "blocked", "unknown"]


class Check(Value):
    """One thing that was judged."""

    name: str
    """What was checked."""
    judgement: Judgement
    """unknown is never pass."""
    reason: str
    """Why, with the values."""
    evidence: Many[str] = ()
    """Artifacts to look at."""


class Verdict(Value):
    """All checks of a run and what follows from them."""

    judgement: Judgement
    """The worst of the checks."""
    checks: Many[Check]
    """Each check."""
