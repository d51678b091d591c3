"""What the owner of the machine lets any run do; nothing below can raise it."""

from typing import Annotated

from pydantic import Field

from ccorch.schema.base import Value


class Ceiling(Value):
    """The owner's file `ceiling.yaml`; every field has a safe default for when there is no file."""

    max_concurrent: Annotated[int, Field(ge=1, le=256)] = 4
    """Most workers at work at the same time, over all projects."""
    per_profile: dict[str, Annotated[int, Field(ge=1, le=256)]] = {}
    """Most workers at work at the same time by name or id of a profile, over all projects."""
    per_model: dict[str, Annotated[int, Field(ge=1, le=256)]] = {}
    """Most workers at work at the same time by model id, over all projects."""
    usd_per_run: Annotated[float, Field(gt=0)] | None = 5.0
    """Most US dollars for one run; null is no ceiling."""
    usd_per_day: Annotated[float, Field(gt=0)] | None = 20.0
    """Most US dollars for one local day over all runs; null is no ceiling."""
    timeout_seconds: Annotated[int, Field(ge=1)] = 7200
    """Longest wall time of an attempt in seconds."""
    max_turns: Annotated[int, Field(ge=1)] = 400
    """Most model turns of an attempt."""
    write_from_terminal: bool = True
    """Whether runs started from a terminal may write in worktrees."""
    write_from_mcp: bool = False
    """Whether runs started by an MCP client may write in worktrees."""
