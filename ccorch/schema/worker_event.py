"""Facts that a worker at work leaves in a run's log, by the lines of its stream."""

from typing import Literal

from ccorch.schema.base import Many
from ccorch.schema.fact import Fact
from ccorch.schema.ids import NodeId

Act = Literal["destroys", "discards", "publishes", "runs_fetched", "takes_rights", "tests", "searches"]
"""What a shell command does that somebody should know of, by its words and not by its text."""

GRAVE: frozenset[Act] = frozenset(("destroys", "publishes", "runs_fetched", "takes_rights"))
"""What is not brought back by rejecting a run."""


NOTABLE: frozenset[Act] = GRAVE | {"discards", "tests"}
"""What findings rest on."""


class WorkerReady(Fact):
    """Claude Code announced its session."""

    type: Literal["worker_ready"] = "worker_ready"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    line: int
    """Line of the worker's stream, from 1."""
    model: str
    """Model it was told to use."""
    cli_version: str
    """Version of Claude Code."""
    tools: Many[str]
    """Tools it was offered."""


class ModelServed(Fact):
    """A model answered that had not answered in this attempt before."""

    type: Literal["model_served"] = "model_served"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    line: int
    """Line of the worker's stream."""
    model: str
    """Model named in the answer."""


class ToolCalled(Fact):
    """The model called a tool."""

    type: Literal["tool_called"] = "tool_called"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    line: int
    """Line of the worker's stream."""
    tool: str
    """Name of the tool."""
    target: str
    """Path, pattern or command it was called with, redacted and shortened."""
    call: str = ""
    """Claude Code's own id of the call; nothing where it tells none."""
    acts: Many[Act] = ()
    """What a shell command does, by its parsed words."""


class ToolFailed(Fact):
    """A tool call came to an error; a command that ended with another status than 0 is one."""

    type: Literal["tool_failed"] = "tool_failed"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    line: int
    """Line of the worker's stream."""
    tool: str
    """Name of the tool."""
    call: str
    """Claude Code's own id of the call."""
    status: int | None
    """Exit status of a command; null when it was none, or it was cut off."""
    acts: Many[Act] = ()
    """What the command was to do."""


class ToolBegan(Fact):
    """A call of something grave is at work or was done: nobody refused it.

    It is told of commands that destroy, publish, run what they fetch or take other rights, and of nothing else.
    """

    type: Literal["tool_began"] = "tool_began"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    line: int
    """Line of the worker's stream that shows it: a sign of life, the result, or, for want of both, the call."""
    tool: str
    """Name of the tool."""
    call: str
    """Claude Code's own id of the call."""


class CommandRan(Fact):
    """A declared command was run to its end."""

    type: Literal["command_ran"] = "command_ran"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    line: int
    """Which of the node's commands, from 1."""
    command: str
    """The command, redacted and shortened."""
    status: int | None
    """Its exit status; negative is the signal that ended it, null says that it did not come to run."""
    seconds: float
    """How long it took."""


class ToolDenied(Fact):
    """A tool call was refused."""

    type: Literal["tool_denied"] = "tool_denied"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    line: int
    """Line of the worker's stream."""
    tool: str
    """Name of the tool."""
    reason: str
    """Why, in the refusing layer's words."""
    call: str = ""
    """Claude Code's own id of the call; nothing where it tells none."""


class Said(Fact):
    """The model wrote text."""

    type: Literal["said"] = "said"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    line: int
    """Line of the worker's stream."""
    text: str
    """Its beginning, redacted, at most 240 characters."""


class RequestRetried(Fact):
    """Claude Code asked again after an error."""

    type: Literal["request_retried"] = "request_retried"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    line: int
    """Line of the worker's stream."""
    status: int | None
    """HTTP status; null when there was none."""
    error: str
    """Kind of error."""


class OutputReached(Fact):
    """An attempt has put out as much as one of its limits allows."""

    type: Literal["output_reached"] = "output_reached"
    node: NodeId
    """The node."""
    attempt: int
    """The attempt."""
    line: int
    """Line of the worker's stream."""
    limit: str
    """The limit, as its config key."""
    bytes: int
    """Bytes that would have been kept."""
    does: Literal["warn", "stop", "truncate"]
    """What follows: nothing, the end of the attempt, or that what is over is left out."""
