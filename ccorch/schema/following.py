"""What a caller can ask about runs that there are: list, show, wait, and what is in the queue."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value
from ccorch.schema.status import RunStatus

View = Literal["summary", "nodes", "config", "cost", "verify", "log", "timeline", "checkpoints"]
Until = Literal["done", "node", "change", "decision"]


class ListRequest(Value):
    """List runs, newest first."""

    limit: Annotated[int, Field(ge=1, le=10_000)] = 20
    """Most runs to list."""
    label: str | None = None
    """Only runs with this label."""
    here: bool = False
    """Only runs of this project."""
    state: RunStatus | None = None
    """Only runs in this state."""
    cursor: str | None = None
    """next_cursor of the last page."""


class ShowRequest(Value):
    """Show one run."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run."""
    view: View = "summary"
    """Which view."""
    node: str | None = None
    """Only this node."""
    cursor: Annotated[int, Field(ge=0)] = 0
    """For the log: only events after this one."""


class WaitRequest(Value):
    """Wait for news of a run."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run."""
    runs: Many[str] = ()
    """More runs to wait for in the same call."""
    until: Until = "done"
    """done: all over; node: another node is (both also when it needs you); change: news; decision: your turn."""
    timeout: Annotated[float, Field(ge=0, le=86_400)] = 110.0
    """Most seconds to wait."""
    cursor: int | str = ""
    """The cursor of the last reply: what was told is not told again. An event's number has all events told."""


class StatusRequest(Value):
    """Tell where this project's runs stand and what they need, for whoever has lost sight of them."""

    digest: bool = False
    """At most a thousand tokens: what needs somebody first, and how many runs were left out."""


class TopRequest(Value):
    """Watch the runs of this machine: live at a terminal, else one look in plain lines."""

    match: str = ""
    """Only runs in whose line this stands: id, state, project, task, label."""
    here: bool = False
    """Only runs of this project."""
    all: bool = False
    """Also runs that were over for more than an hour."""
    limit: Annotated[int, Field(ge=1, le=10_000)] = 200
    """Most runs to show."""
    once: bool = False
    """Print one look and end, also at a terminal."""


class QueueRequest(Value):
    """List what is not over, what waits, and why."""


class BoardRequest(Value):
    """Show runs live on a web page of this machine, or write such a page to a file."""

    run: str | None = None
    """For --export: only this run, by its id or a unique beginning of it."""
    export: str | None = None
    """Write one HTML file that needs no server, and end."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    """Port on 127.0.0.1; 0 takes a free one."""
