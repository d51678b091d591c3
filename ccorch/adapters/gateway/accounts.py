"""The accounts: pools, reservations and the ledger together, so that nothing is spent unreserved or unwritten."""

import asyncio
import sys
import time
import traceback
from collections.abc import Callable, Iterable

from ccorch.adapters.ledger_file import LedgerFile, LedgerReader, month_of
from ccorch.errors import WorkspaceUnwritable
from ccorch.rules.budget import Amount, Balance, Need, Pool, Refusal, Reservation, Wait, dated, reserve
from ccorch.rules.spending import Spending
from ccorch.schema.ledger import LedgerLine

OnLine = Callable[[LedgerLine], None]
OnClosed = Callable[[str, bytes], None]
DAY = 86_400


def local_offset(at: float) -> int:
    """Seconds that the machine's own clock is ahead of UTC at that moment, daylight saving included."""
    return time.localtime(at).tm_gmtoff


class Accounts:
    """What was spent, as the ledger says, and what is set aside for requests under way."""

    def __init__(
        self, ledger: LedgerFile, on_line: OnLine, utc_offset: Callable[[float], int] = local_offset
    ) -> None:
        self.spending = Spending()
        """Fold of every request that is over."""
        self._ledger = ledger
        self._on_line = on_line
        self._utc_offset = utc_offset
        self._pools: dict[str, Pool] = {}
        self._held: dict[str, tuple[tuple[str, ...], Amount]] = {}
        self._owed: list[LedgerLine] = []
        self._freed = asyncio.Event()

    def load(self, at: float, on_closed: OnClosed = lambda run, raw: None) -> None:
        """Read this month's and last month's ledger; requests that a crash left open are closed as booked.

        `on_closed` is given every last line with its run, so that nobody has to read the ledger once more.
        """
        self.spending = Spending()
        reader = LedgerReader(self._ledger.folder, month_of(at - 31 * DAY))
        for figures, raw in reader.last_figures():
            if self.spending.add_last(figures):
                on_closed(figures.run, raw)
        for line in reader.left_open():
            self.spending.add(line)
        for line in self.spending.unfinished():
            lost = {"state": "closed", "at": at, "ended": "dropped", "note": "the gateway went away"}
            self.settle(line.model_copy(update=lost))

    def open(self, pool: Pool) -> None:
        """Set or change the limits of a pool; what was spent in it stays spent."""
        self._pools[pool.id] = pool
        self._let_try_again()

    def dated(self, pool_id: str, at: float) -> str:
        """A pool's id on that moment's day, as the machine's own calendar has it."""
        return dated(pool_id, at, self._utc_offset(at))

    def close(self, pool_id: str) -> None:
        """Forget a pool's limits; what was spent in it stays spent, should it be opened again."""
        self._pools.pop(pool_id, None)

    def balance(self, pool_id: str, at: float, without: str = "") -> Balance:
        """A pool now, leaving out the reservation of the request `without`; one never opened has no limits."""
        pool = self._pools.get(pool_id, Pool(id=pool_id, scope="unlimited"))
        name = self.dated(pool_id, at)
        held = [amount for request, (names, amount) in self._held.items() if name in names and request != without]
        reserved = Amount(
            nano_usd=sum(amount.nano_usd for amount in held), tokens=sum(amount.tokens for amount in held)
        )
        return Balance(
            pool=pool.model_copy(update={"id": name}),
            spent=self.spending.pool(name).amount,
            reserved=reserved,
        )

    def balances(self, pool_ids: Iterable[str], at: float, without: str = "") -> list[Balance]:
        """Several pools now."""
        return [self.balance(pool_id, at, without) for pool_id in pool_ids]

    async def reserve(
        self, request: str, pool_ids: tuple[str, ...], need: Need, at: float
    ) -> Reservation | Refusal:
        """Set aside what a request needs in all its pools, or in none, waiting for others that hold too much."""
        outcome = reserve(self.balances(pool_ids, at), need)
        while isinstance(outcome, Wait):
            await self._freed.wait()
            outcome = reserve(self.balances(pool_ids, at), need)
        if isinstance(outcome, Reservation):
            self._held[request] = (tuple(self.dated(pool_id, at) for pool_id in pool_ids), outcome.amount)
        return outcome

    def release(self, request: str) -> None:
        """Free what was set aside for a request, and let those that wait try again."""
        if self._held.pop(request, None) is not None:
            self._let_try_again()

    def _let_try_again(self) -> None:
        self._freed.set()
        self._freed = asyncio.Event()

    def write(self, line: LedgerLine) -> None:
        """Put a line of a request under way into the ledger; raises when that is impossible."""
        self._append(line)
        self._tell(line)

    def settle(self, line: LedgerLine) -> None:
        """Book the last line of a request and free its reservation; an unwritable line is owed, not lost."""
        self.spending.add(line)
        self.release(line.id)
        try:
            self._append(line)
        except WorkspaceUnwritable:
            self._owed.append(line)
        self._tell(line)

    def _append(self, line: LedgerLine) -> None:
        while self._owed:
            self._ledger.append(self._owed[0])
            del self._owed[0]
        self._ledger.append(line)

    def _tell(self, line: LedgerLine) -> None:
        try:
            self._on_line(line)
        except Exception:  # the line is booked; whatever its reader's trouble is, no worker's stream breaks over it
            print(f"request {line.id} is booked, but its run {line.run} could not be told:", file=sys.stderr)
            traceback.print_exc()
