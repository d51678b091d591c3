"""Facts about where a run's requests may go: profiles that are shut, and nodes that take another route."""

from typing import Literal

from ccorch.schema.breaker import ErrorClass
from ccorch.schema.fact import Fact
from ccorch.schema.ids import NodeId


class Parked(Fact):
    """A profile was found shut: nothing of the run starts there before a time."""

    type: Literal["parked"] = "parked"
    profile: str
    """The profile, as routes name it."""
    error: ErrorClass
    """Why: its quota is spent, or it is overloaded."""
    window: str = ""
    """Which of its limits, such as `5h`; empty when it does not say."""
    until: float
    """Unix time at which one attempt finds out whether it is over."""
    told: bool
    """Whether that time is the provider's own; else it is reckoned."""
    said: str = ""
    """Status and kind of the answer that led to it."""


class Unparked(Fact):
    """A profile that was shut is started on again."""

    type: Literal["unparked"] = "unparked"
    profile: str
    """The profile, as routes name it."""


class Rerouted(Fact):
    """A node goes on by another of its declared routes."""

    type: Literal["rerouted"] = "rerouted"
    node: NodeId
    """The node."""
    way: int
    """Which one: 0 is its own route, 1 the first fallback of its route."""
    error: ErrorClass | None
    """Class of error that leads there; null where somebody asked for it."""
    left: str
    """Profile and model that it leaves."""
    profile: str
    """Profile that it goes on with."""
    model: str
    """Model that it goes on with."""
    reason: str = ""
    """What was wrong, in words."""
