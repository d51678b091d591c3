"""What meters and limits every request, and where a worker finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ccorch.ports.attempt import AttemptId

if TYPE_CHECKING:
    from ccorch.schema.plan import Plan, PlanNode
    from ccorch.schema.run import Launch


@dataclass(frozen=True)
class Seat:
    """A worker's place at the gateway: its own address and a throwaway token."""

    base_url: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Held:
    """Why an attempt may not start now."""

    limit: str
    """What is in the way: a budget's key."""
    reason: str
    """The same in words, with how much is missing."""
    waits: bool
    """Whether it may start once other work has ended; else it is refused."""


class Gateway(Protocol):
    """Meters and limits every request."""

    def watch(self, freed: Callable[[], None]) -> None:
        """Have this called whenever a budget may have more left than before."""
        ...

    def admit(self, attempt: AttemptId, node: PlanNode, plan: Plan) -> Held | None:
        """Set aside in every budget what the attempt is promised; else why it may not start.

        Commands are promised nothing, and wait for the owner's limits alone, where these cannot be read.
        """
        ...

    def begin(self, attempt: AttemptId, node: PlanNode, plan: Plan) -> None:
        """Count an attempt against its budgets, also one that an earlier daemon has started."""
        ...

    async def seat(self, attempt: AttemptId, node: PlanNode, plan: Plan, launch: Launch, cwd: Path) -> Seat:
        """A place for this attempt; the same one when it has one already."""
        ...

    async def close(self, attempt: AttemptId) -> None:
        """Take the place away; requests of it are refused from now on."""
        ...

    def refusal(self, attempt: AttemptId) -> str | None:
        """Why the gateway refused or cut this attempt for money; null when it did not."""
        ...
