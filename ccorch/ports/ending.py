"""How an attempt ended, as those who did it tell the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccorch.schema.breaker import Trouble
    from ccorch.schema.event import Outcome


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
