"""What an attempt on the user's own login has used of its limits in tokens, read off its stream."""

from collections.abc import Callable

from ccorch.adapters.claude_code.metering import StreamMeter, blank
from ccorch.adapters.claude_code.stream import Json, calls_tools
from ccorch.ports import Clock, WorkOrder
from ccorch.schema.ledger import LedgerLine


class Tokens:
    """Books what the stream tells, and judges it once all that there is was read.

    Line by line it would be judged wrongly: what an earlier reader of the same stream has booked would count twice.
    """

    def __init__(
        self, order: WorkOrder, book: Callable[[LedgerLine], None], spent: Callable[[int], str | None], clock: Clock
    ) -> None:
        """`spent` tells which limit is used up with so many tokens more than are booked."""
        # requests that pass the gateway are booked there
        self._meter = None if order.profile.needs_gateway else StreamMeter(blank(order))
        self._book = book
        self._spent = spent
        self._clock = clock
        self._goes_on = False

    def take(self, data: Json) -> None:
        """Book what a line tells."""
        if self._meter is None:
            return
        for line in self._meter.take(data, self._clock.now()):
            self._book(line)
        # who calls no tool is about to end by itself
        self._goes_on = calls_tools(data) or (self._goes_on and data.get("type") != "result")

    def finish(self) -> None:
        """The stream is over."""
        for line in self._meter.finish(self._clock.now()) if self._meter else ():
            self._book(line)

    def used_up(self) -> str | None:
        """The limit that is used up by all that was read; else None."""
        return self._spent(self._meter.unbooked) if self._meter else None

    def too_many(self) -> str | None:
        """The same where a call was read since it was last asked, after which another turn would begin."""
        goes_on, self._goes_on = self._goes_on, False
        return self.used_up() if goes_on else None
