"""Money added up where some requests are paid by a subscription: nothing, unknown and plan stay three things."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.schema.event import Metered
    from ccorch.schema.status import Covered


class Used(Protocol):
    """What has a number of requests and their money."""

    @property
    def requests(self) -> int:
        """How many."""
        ...

    @property
    def usd(self) -> float | None:
        """Money; null when part of it is unknown or all of it is covered."""
        ...

    @property
    def plan(self) -> Covered | None:
        """How much of it a subscription covers."""
        ...


@dataclass
class Money:
    """A running sum."""

    _usd: float | None = 0.0
    _is_paid: bool = False
    _is_covered: bool = False

    def add(self, request: Metered) -> None:
        """Take one more request."""
        self.take(request.usd, request.plan)

    def take(self, usd: float | None, is_covered: bool) -> None:
        """Take the money of one more request, or that a subscription pays for it."""
        if is_covered:
            self._is_covered = True
        else:
            self._pay(usd)

    def join(self, part: Used) -> None:
        """Take what was added up elsewhere."""
        self._is_covered = self._is_covered or part.plan is not None
        if part.requests and part.plan != "all":
            self._pay(part.usd)

    @property
    def usd(self) -> float | None:
        """Money outside of subscriptions; null when part of it is unknown, or when there is none but theirs."""
        return None if self.plan == "all" else self._usd

    @property
    def plan(self) -> Covered | None:
        """How much of it a subscription covers; null is nothing."""
        if not self._is_covered:
            return None
        return "part" if self._is_paid else "all"

    def _pay(self, usd: float | None) -> None:
        self._is_paid = True
        self._usd = None if self._usd is None or usd is None else self._usd + usd


def together(parts: Iterable[Used]) -> Money:
    """The sum of these."""
    money = Money()
    for part in parts:
        money.join(part)
    return money
