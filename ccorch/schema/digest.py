"""What is new about runs, in a few hundred bytes, for whoever pays for every byte that it reads."""

from typing import Any

from pydantic import model_serializer

from ccorch.schema.base import Many, Value
from ccorch.schema.next_step import NextStep
from ccorch.schema.status import Covered, RunStatus


class News(Value):
    """What is new about one run; what there is nothing to say of is left out."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state."""
    nodes: dict[str, int] = {}
    """How many nodes are in each state."""
    working: Many[str] = ()
    """Nodes at work, with their tool calls."""
    ended: Many[str] = ()
    """Nodes that came to an end, and how."""
    found: Many[str] = ()
    """What rules noticed: severity, node, code and the values."""
    decided: Many[str] = ()
    """What somebody asked for, answered or set back, and what was set back by itself."""
    changed: Many[str] = ()
    """Files of the project that writers changed, in worktrees of their own."""
    usd: float | None = None
    """Money so far; null is unknown, or none because a subscription pays."""
    left_usd: float | None = None
    """Money that the run may still spend; null where it has no limit or its money is unknown."""
    plan: Covered | None = None
    """How much of it a subscription pays for; null is nothing."""
    next: NextStep
    """What is recommended now."""

    def told(self) -> dict[str, Any]:
        """As it is sent: without what says nothing."""
        step = self.next
        said: dict[str, Any] = {
            **{name: getattr(self, name) for name in type(self).model_fields if name != "next"},
            "next": step.action,
            "why": step.reason,
            "choices": [choice.command for choice in step.choices] if step.asks else (),
            "wait_seconds": step.wait_seconds,
        }
        return {name: _plain(value) for name, value in said.items() if _says_something(value)}


class Digest(Value):
    """What is new about the runs that somebody waits for."""

    runs: Many[News] = ()
    """The runs of which there is news."""
    quiet: int = 0
    """How many of the runs there is no news of."""
    timed_out: bool = False
    """Whether the time was over before what was waited for came; nothing is wrong then."""
    cursor: str = ""
    """Where the next wait goes on; with several runs left out where nothing is new: it is as it was."""
    over: Many[RunStatus] = ()
    """How the runs ended that are over; not sent."""
    ends: dict[str, int] = {}
    """Where the log of each run ended when it was looked at; not sent."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""

    @property
    def status(self) -> RunStatus | None:
        """How the runs ended, the worst first; null when none is over."""
        return next((status for status in self.over if status != "done"), self.over[0] if self.over else None)

    @property
    def is_over(self) -> bool:
        """Whether all runs are over."""
        return len(self.over) == len(self.runs) + self.quiet

    @model_serializer
    def sent(self) -> dict[str, Any]:
        """As it is sent: one run as it is, several in a list; nothing new in a few bytes."""
        end = {"timed_out": self.timed_out, **({"cursor": self.cursor} if self.cursor else {})}
        note = {"note": self.note} if self.note else {}
        if not self.runs:
            return {**end, **note}
        if len(self.runs) + self.quiet == 1:
            return {**self.runs[0].told(), **end, **note}
        quiet = {"quiet": self.quiet} if self.quiet else {}
        return {"runs": [one.told() for one in self.runs], **quiet, **end, **note}


def _says_something(value: Any) -> bool:
    """Money that is 0 is told: what is left out is unknown, or has no limit."""
    return isinstance(value, float) or value not in (None, (), {}, 0, "")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
