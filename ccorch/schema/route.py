"""Profile, model and the reason why, fixed in the plan."""

from ccorch.schema.base import Many, Value
from ccorch.schema.breaker import ErrorClass


class FallbackRoute(Value):
    """Where a node's requests go when its route fails."""

    on: ErrorClass
    """Class of error that leads here."""
    profile: str
    """Name of the profile, or its id where names are not enough."""
    model: str
    """Model id that is declared to the worker."""
    worst_usd: float | None = None
    """Most one attempt can cost here; null when the price is unknown."""


class Route(Value):
    """Where a node's requests go."""

    profile: str
    """Name of the profile, or its id where names are not enough."""
    model: str
    """Model id that is declared to the worker and compared with the one that answers."""
    reason: str
    """Why this route was chosen, in words."""
    score: float | None = None
    """How fit the model is for the role, 0 to 10; null when it was not weighed."""
    fallbacks: Many[FallbackRoute] = ()
    """What is tried when it fails, by class of error, in order."""

    @property
    def ways(self) -> "tuple[Route | FallbackRoute, ...]":
        """The route itself, then its fallbacks."""
        return (self, *self.fallbacks)
