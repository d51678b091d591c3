"""What a rule noticed while a run was live or judged."""

from typing import Literal

from ccorch.schema.base import Value

Severity = Literal["low", "medium", "high", "critical"]


class Finding(Value):
    """Something noticed, with where to look."""

    code: str
    """Name of the detector, such as route_mismatch."""
    severity: Severity
    """How bad it is."""
    blocking: bool
    """Whether it stands against acceptance."""
    node: str | None = None
    """Node it was noticed in."""
    attempt: int | None = None
    """Attempt it was noticed in."""
    message: str
    """What was noticed, with the values."""
