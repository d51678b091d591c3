"""Who works: prompt, tools, permission and the handoff that is owed."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value
from ccorch.schema.ids import OptionName

Tool = Literal["Read", "Grep", "Glob", "Bash", "Edit", "Write", "NotebookEdit", "WebFetch", "WebSearch"]
Tier = Literal["fast", "balanced", "strong"]


class Role(Value):
    """A kind of worker."""

    name: OptionName
    """Name of the role; the same as its file."""
    summary: str
    """What the role is for, in one line."""
    prompt: Annotated[str, Field(min_length=1, max_length=20_000)]
    """System prompt of the worker; the task itself arrives as the user's message."""
    tools: Many[Tool] = ("Read", "Grep", "Glob")
    """Tools the worker is offered; no other tool exists for it."""
    commands: Many[str] = ()
    """Bash command beginnings that a writing worker may run, word by word, such as `git diff`."""
    permission: Literal["read", "write"] = "read"
    """Whether the role may be given a worktree to write in; the policy and the ceiling must allow it too."""
    handoff: str | None = None
    """Name of the handoff contract whose structured output the worker owes; null for free text."""
    tier: Tier = "balanced"
    """Strength of model the role wants when no model is named."""
    images: bool = False
    """Whether attached images are shown to the worker."""
    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    """Longest wall time of one attempt in seconds; the smaller of this and policy.timeout_seconds holds."""
    max_turns: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Most model turns of one attempt; the smaller of this and policy.max_turns holds."""
