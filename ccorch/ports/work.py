"""What a worker is asked to do, who does it, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from ccorch.ports.attempt import AttemptId
    from ccorch.ports.gateway import Seat
    from ccorch.schema.breaker import Trouble
    from ccorch.schema.event import Event, Outcome
    from ccorch.schema.plan import PlanNode
    from ccorch.schema.policy import Output
    from ccorch.schema.profile import Profile
    from ccorch.schema.run import Launch


@dataclass(frozen=True)
class Block:
    """A part of the first user message: text, or a file shown as it is."""

    text: str | None = None
    media_type: str | None = None
    content: bytes | None = field(default=None, repr=False)


def _usual() -> Output:
    from ccorch.schema.policy import Output

    return Output()


@dataclass(frozen=True)
class WorkOrder:
    """Everything a worker needs to do one attempt."""

    id: AttemptId
    node: PlanNode
    profile: Profile
    launch: Launch
    cwd: Path
    """Directory the worker works in: the project, or the worktree of a writing attempt."""
    blocks: tuple[Block, ...]
    """The first user message; the task's text is a block of its own, byte for byte."""
    seat: Seat | None
    """Place at the gateway; null for workers that ask nobody and for those on the user's own login."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values that must never be stored in the workspace."""
    route_mismatch: str = "fail"
    output: Output = field(default_factory=_usual)
    """How much of what it puts out is kept."""
    stall_seconds: float = 600.0
    """Longest seconds in which nothing is heard of it."""
    no_progress_seconds: float = 900.0
    """Longest seconds in which it says and does nothing new."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of its own, such as its ports."""
    resumes: int | None = None
    """Earlier attempt of the node whose session goes on, where it was kept; null begins a new one."""
    says: str = ""
    """What is said to that session; nothing where it was lost and goes on by itself."""
    label: str | None = None
    """The run's label, for the ledger."""
    tokens_limited: bool = False
    """Whether a limit in tokens may end it."""


@dataclass(frozen=True)
class Ending:
    """How an attempt ended, as the worker's own evidence tells it."""

    outcome: Outcome
    reason: str = ""
    answer: str | None = None
    """Final text, redacted."""
    handoff: dict[str, Any] | None = None
    """Structured output, redacted; not yet checked against its contract."""
    trouble: Trouble | None = None
    """What its provider refused, where no gateway stands between."""
    is_ours: bool = False
    """Whether this house refused it, for money, and no provider did."""

    @property
    def passed(self) -> bool:
        """Whether the node may count as passed."""
        return self.outcome in ("done", "refused")


Report: TypeAlias = "Callable[[Event], None]"


class Workers(Protocol):
    """Does the attempts of nodes."""

    async def perform(self, order: WorkOrder, report: Report) -> Ending:
        """Start the attempt, or attach to it where it already lives or has ended, and see it to its end."""
        ...

    async def stop(self, attempt: AttemptId, reason: str) -> None:
        """Ask a live attempt to end; `perform` then returns. An attempt that is over is left alone."""
        ...

    async def say(self, attempt: AttemptId, text: str, interrupts: bool) -> bool:
        """Tell a live worker something in its session; False when it does not listen any more."""
        ...

    def is_live(self, attempt: AttemptId) -> bool:
        """Whether a worker process of this attempt may still be alive."""
        ...
