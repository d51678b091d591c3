"""What somebody decided about a run's result: who, when and on which evidence."""

from typing import Literal

from ccorch.schema.base import Many, Value
from ccorch.schema.event import Caller
from ccorch.schema.ids import Sha256

How = Literal["ff", "squash", "merge"]


class Decision(Value):
    """One decision."""

    decision: Literal["accepted", "exported", "rejected", "rolled_back"]
    """What was decided."""
    at: float
    """Unix time."""
    by: Caller
    """Which door it came through."""
    who: str
    """Name and address, as their git settings tell them."""
    reason: str = ""
    """Why, in their words."""
    verdict: Sha256 | None = None
    """Hash of the verdict that it rests on."""
    into: str | None = None
    """Branch that was changed, or file that was written; null where the run changed nothing."""
    how: How | None = None
    """How the result came in."""
    before: str | None = None
    """Commit of the branch before; what the run began with, where the branch was new."""
    after: str | None = None
    """Commit of the branch after."""
    aside: str | None = None
    """File of the run that earlier decisions were put aside to, because they were not as ccorch wrote them."""


class Decisions(Value):
    """Every decision about a run, in order; the last one holds."""

    taken: Many[Decision] = ()
    """The decisions."""
