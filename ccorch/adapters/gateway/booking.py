"""A booking: the ledger lines of one request, from before it is forwarded to its end."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ccorch.adapters.gateway.accounts import Accounts, amount_of
from ccorch.adapters.gateway.holds import minus
from ccorch.adapters.gateway.meter import Meter
from ccorch.adapters.gateway.seat import Seat
from ccorch.rules.budget import (
    Amount,
    Balance,
    Need,
    Refusal,
    Reservation,
    booked_ahead,
    in_flight,
    is_line_due,
    output_limit,
    output_room,
    tokens_of,
)
from ccorch.rules.pricing import Price, cost, same_model
from ccorch.schema.ledger import Ended, LedgerLine, LineState, Usage

Clock = Callable[[], float]


_SESSION = re.compile(r"[\w.-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Client:
    """What a request tells of the process that sent it."""

    retry_count: int = 0
    session_id: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Client":
        """Read it off the request's headers."""
        retries = headers.get("x-stainless-retry-count", "")
        session = headers.get("x-claude-code-session-id", "")
        known = session if _SESSION.fullmatch(session) else None
        return cls(int(retries) if retries.isdecimal() and len(retries) < 6 else 0, known)


class Booking:
    """Writes the lines of one request; whatever moment a crash picks, the last line covers what was used."""

    def __init__(
        self,
        accounts: Accounts,
        clock: Clock,
        seat: Seat,
        model: str | None,
        client: Client,
        is_tail: bool = False,
    ) -> None:
        """In its tail a seat may use what is kept for the handoff."""
        self.request = f"q-{secrets.token_hex(8)}"
        """The request's id in the ledger."""
        self.price = seat.price_of(model) if model else None
        """Price of the requested model."""
        self._accounts, self._clock, self._seat, self._model = accounts, clock, seat, model
        self._client, self._is_tail = client, is_tail
        self._begun = self._sent = clock()
        self._first_byte: float | None = None
        self._billed: tuple[str | None, tuple[Price | None, bool]] = (None, (self.price, True))
        self._status = 0
        self._booked = self._granted = 0
        self._limit: tuple[object, tuple[int | None, str]] = (None, (None, ""))
        self._day = accounts.dated("{day}", self._begun)
        self.is_over = False
        """Whether its last line is written."""

    async def reserve(self, input_tokens: int, max_tokens: int) -> Reservation | Refusal:
        """Set aside what the request may cost."""
        need = Need(
            input_tokens=input_tokens,
            max_tokens=max_tokens,
            price=self.price,
            multiplier=self._seat.multiplier,
        )
        seat, accounts = self._seat, self._accounts
        outcome = await accounts.reserve(
            self.request, seat.attempt_key, seat.pools, need, self._begun, self._is_tail
        )
        self._granted = outcome.max_tokens if isinstance(outcome, Reservation) else 0
        return outcome

    def is_unpriced(self) -> bool:
        """Whether money limits cannot be kept because the requested model has no price."""
        balances = self._balances()
        limited = any(balance.pool.limit_usd is not None for balance in balances)
        return limited and self._seat.unpriced == "refuse" and self.price is None

    def output_limit(self, meter: Meter) -> tuple[int | None, str]:
        """Output at which this request is cut, the others' reservations kept, and the pool that is used up then."""
        # reckoned anew when something that it follows from has changed, and not for every line of every stream
        known = self._accounts.changes, meter.input_usage, meter.served_model
        if self._limit[0] != known:
            self._limit = known, self._reckoned_limit(meter)
        return self._limit[1]

    def _reckoned_limit(self, meter: Meter) -> tuple[int | None, str]:
        price, _ = self._price_for(meter)
        tightest: tuple[int | None, str] = (None, "")
        for balance in self._balances():
            room = output_room([balance], meter.input_usage, price, self._seat.multiplier)
            if room is not None and (tightest[0] is None or room < tightest[0]):
                tightest = (room, balance.pool.id)
        room, pool = tightest
        return (None if room is None else output_limit(room, self._granted)), pool

    def _balances(self) -> list[Balance]:
        seat = self._seat
        return [
            self._accounts.balance(pool, self._begun, self.request, seat.attempt_key, self._is_tail)
            for pool in seat.pools
        ]

    def open(self, meter: Meter) -> None:
        """Write that the request is about to be forwarded; raises when the ledger cannot be written."""
        self._sent = self._clock()
        self._ahead("open", meter)

    def answered(self, status: int) -> None:
        """Note the provider's status and the moment of its headers."""
        self._status = status
        self._first_byte = self._clock()

    def progress(self, meter: Meter, *, always: bool = False) -> bool:
        """Write how far the answer is when the last line no longer covers it, and whether; raises like `open`."""
        is_due = always or is_line_due(meter.output, self._booked)
        if is_due:
            self._ahead("progress", meter)
        return is_due

    def close(self, meter: Meter, ended: Ended, note: str | None = None) -> int:
        """Write the last line of a forwarded request and give back the output that it books."""
        output = meter.output
        if ended in ("cut", "client_closed") and meter.has_started and not meter.is_exact:
            output += in_flight(tokens_of(meter.largest_bytes))
        line = self._line("closed", meter, meter.usage(output), is_exact=meter.is_exact)
        self._settle(line, ended, note)
        return output

    def close_unbilled(self, meter: Meter, status: int, note: str | None) -> None:
        """Write the last line of a request that the provider did not begin to answer."""
        self._status = status
        self._settle(self._line("closed", meter, Usage(), is_exact=True), "error", note)

    def refuse(self, meter: Meter, status: int, note: str) -> None:
        """Write that the request was not forwarded."""
        self._status = status
        self._settle(self._line("refused", meter, Usage(), is_exact=True), "refused", note)

    def drop(self) -> None:
        """Give the reservation back for a request that could not be written down and was not forwarded."""
        self._accounts.release(self.request)

    def _ahead(self, state: LineState, meter: Meter) -> None:
        self._booked = booked_ahead(meter.output)
        line = self._line(state, meter, meter.usage(self._booked), is_exact=False)
        self._accounts.write(line, minus(amount_of(line), self._used(meter)))

    def _used(self, meter: Meter) -> Amount:
        """What is used by now: nothing until the provider begins to answer."""
        if not meter.has_started:
            return Amount()
        usage, (price, _) = meter.usage(), self._price_for(meter)
        return Amount(nano_usd=cost(price, usage, self._seat.multiplier) if price else 0, tokens=usage.tokens)

    def _settle(self, line: LedgerLine, ended: Ended, note: str | None) -> None:
        if self.is_over:
            return
        self.is_over = True
        duration = _milliseconds(self._sent, line.at)
        self._accounts.settle(line.model_copy(update={"ended": ended, "note": note, "duration_ms": duration}))

    def _line(self, state: LineState, meter: Meter, usage: Usage, *, is_exact: bool) -> LedgerLine:
        seat = self._seat
        price, is_own = self._price_for(meter)
        known = cost(price, usage, seat.multiplier) if price else None
        return LedgerLine(
            id=self.request,
            state=state,
            at=self._clock(),
            run=seat.run,
            node=seat.node,
            attempt=seat.attempt,
            role=seat.role,
            label=seat.label,
            day=self._day,
            profile=seat.profile,
            pools=self._accounts.booked(seat.pools, self._begun),
            declared_model=seat.declared_model,
            requested_model=self._model,
            served_model=meter.served_model,
            input_tokens=usage.input,
            output_tokens=usage.output,
            cache_read_tokens=usage.cache_read,
            cache_write_tokens=usage.cache_write,
            nano_usd=known if usage.tokens else 0,
            price_version=price.dated if price else None,
            basis="exact" if is_exact and (is_own or not usage.tokens) else "estimate",
            status=self._status,
            first_byte_ms=_milliseconds(self._sent, self._first_byte),
            told_tokens=meter.told,
            retry_count=self._client.retry_count,
            session_id=self._client.session_id,
        )

    def _price_for(self, meter: Meter) -> tuple[Price | None, bool]:
        """Price of the model that is billed; the requested one's stands in, marked so, when that is unknown."""
        served = None if self._seat.priced_by == "request" else meter.served_model
        if self._billed[0] != served:  # asked with every line, and the answer names its model once
            self._billed = served, self._price_of(served)
        return self._billed[1]

    def _price_of(self, served: str | None) -> tuple[Price | None, bool]:
        if served is None or (self._model and same_model(self._model, served)):
            return self.price, True
        price = self._seat.price_of(served)
        return (price, True) if price else (self.price, self.price is None)


def _milliseconds(begin: float, end: float | None) -> int | None:
    return None if end is None else max(round((end - begin) * 1000), 0)
