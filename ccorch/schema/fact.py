"""What every event of a run's log carries, and who may ask for something."""

from typing import Literal

from ccorch.schema.base import Value

Caller = Literal["terminal", "mcp", "daemon", "board"]


class Asker(Value):
    """Who asks for something."""

    by: Caller
    """Which door they came through."""
    who: str = ""
    """The person: the user's name at a terminal or the board, the client's at MCP; empty is unknown."""


class Fact(Value):
    """What every event carries."""

    seq: int = 0
    """Position in the log, from 1, without gaps; 0 before it is written."""
    at: float = 0.0
    """Unix time when it was written."""


class Wish(Fact):
    """What every event carries that somebody asked for."""

    by: Caller
    """Which door it came through."""
    who: str = ""
    """The person: the user's name at a terminal or the board, the client's at MCP; empty is unknown."""


def named(by: str, who: str) -> str:
    """A door with the person behind it, where that is known."""
    return f"{by} ({who})" if who else by
