"""What every event of a run's log carries, and who may ask for something."""

from typing import Literal

from ccorch.schema.base import Value

Caller = Literal["terminal", "mcp", "daemon"]


class Fact(Value):
    """What every event carries."""

    seq: int = 0
    """Position in the log, from 1, without gaps; 0 before it is written."""
    at: float = 0.0
    """Unix time when it was written."""
