"""What a check of the doctor finds."""

from typing import Literal

from ccorch.schema.base import Value

State = Literal["ok", "warn", "fail"]


class Line(Value):
    """What one check found."""

    check: str
    """Name of the check."""
    state: State
    """ok; warn: it goes on, and somebody should know; fail: something does not work."""
    said: str
    """What was found."""
    command: str | None = None
    """What mends it; null when nothing has to be done."""
