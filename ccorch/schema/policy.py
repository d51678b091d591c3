"""What this run may do: concurrency, time, turns, writing, money and order."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value


class WriteScope(Value):
    """Where a writing worker may write, as globs relative to the project's root."""

    allow: Many[str] = ("**",)
    """Globs that may be written."""
    deny: Many[str] = ("**/.env*", "**/.git/**", "**/.git", ".claude/**", ".mcp.json", ".agent-workspace/**")
    """Globs that may not be written, whatever is allowed."""


class Policy(Value):
    """Limits and permissions of one run."""

    max_concurrent: Annotated[int, Field(ge=1, le=64)] = 4
    """Most workers of this run at work at the same time."""
    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    """Longest wall time of one attempt in seconds; then it is stopped and ends as timed_out."""
    max_turns: Annotated[int, Field(ge=1, le=1000)] = 40
    """Most model turns of one attempt."""
    write: bool = False
    """Whether roles with permission write get a worktree to write in; nothing is merged back by itself."""
    write_scope: WriteScope = WriteScope()
    """Where writing workers may write."""
    route_mismatch: Literal["fail", "warn"] = "fail"
    """What happens when another model answers than the plan chose."""
    keep_raw: Annotated[int, Field(ge=0, le=3650)] = 7
    """Days for which raw streams and Claude's own transcripts are kept in the state folder; 0 deletes them at
    the end."""


class Cost(Value):
    """Money limits of one run."""

    usd_per_run: Annotated[float, Field(gt=0, le=100_000)] | None = 2.0
    """Most US dollars that all attempts of the run may spend together; null leaves only the ceiling."""
    unpriced: Literal["refuse", "allow"] = "refuse"
    """What happens with a model that has no price: refused, or allowed with its money unknown."""


class Queue(Value):
    """Order of starts."""

    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Nodes of runs with a higher priority start first when slots are short."""


class Routing(Value):
    """How a profile and a model are chosen for each role."""

    strategy: Literal["pinned", "cheap", "balanced", "strong"] = "balanced"
    """balanced takes the tier that the role asks for, cheap and strong always take that end, pinned needs
    profile and model."""
    profile: str | None = None
    """Profile taken when the run names none."""
