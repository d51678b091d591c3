"""Profile, model and the reason why, fixed in the plan."""

from ccorch.schema.base import Value


class Route(Value):
    """Where a node's requests go."""

    profile: str
    """Name of the profile."""
    model: str
    """Model id that is declared to the worker and compared with the one that answers."""
    reason: str
    """Why this route was chosen, in words."""
