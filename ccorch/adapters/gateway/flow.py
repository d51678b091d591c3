"""A flow: the events of one answer passing through, booked as they grow and stopped at the hard limit."""

from ccorch.adapters.gateway.booking import Booking
from ccorch.adapters.gateway.meter import Meter, Splitter
from ccorch.errors import WorkspaceUnwritable


class Flow:
    """Turns chunks into the whole events to pass on; `cut` says why nothing more may follow."""

    def __init__(self, meter: Meter, booking: Booking) -> None:
        self.cut: str | None = None
        self.block_at_cut: tuple[int, str] | None = None
        self._meter, self._booking = meter, booking
        self._splitter = Splitter()
        self._limit, self._pool = booking.output_limit(meter)

    def take(self, chunk: bytes) -> bytes:
        """The events that this chunk completes, up to a cut; what follows is only counted."""
        out = []
        for event in self._splitter.whole(chunk):
            name = self._meter.take(event)
            if self.cut:
                continue
            out.append(event)
            self.cut = self._booked(name) or self._limit_reached()
            if self.cut:
                self.block_at_cut = self._meter.open_block
        return b"".join(out)

    def rest(self) -> bytes:
        """What arrived of an event that never became whole."""
        return self._splitter.rest()

    def _booked(self, name: str) -> str | None:
        """Write a line if one is due; a ledger that cannot be written ends the stream."""
        try:
            is_start = name == "message_start"
            # looked at with every line, for limits may be lowered while a stream runs
            is_text = is_start or name == "content_block_delta"
            if is_text and self._booking.progress(self._meter, always=is_start):
                self._limit, self._pool = self._booking.output_limit(self._meter)
        except WorkspaceUnwritable as error:
            return error.message
        return None

    def _limit_reached(self) -> str | None:
        meter = self._meter
        if self._limit is None or meter.has_totals or meter.output <= self._limit:
            return None
        return f"budget {self._pool!r} is used up"
