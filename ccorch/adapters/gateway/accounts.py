"""The accounts: pools, reservations and the ledger together, so that nothing is spent unreserved or unwritten."""

import asyncio
import json
import time
from collections.abc import Callable, Collection, Iterable

from ccorch.adapters.gateway.holds import Holds, attempt_key
from ccorch.adapters.harmless import never_fatal
from ccorch.adapters.ledger_file import LedgerFile, LedgerReader, month_of
from ccorch.errors import WorkspaceUnwritable
from ccorch.rules.budget import Amount, Balance, Need, Pool, Refusal, Reservation, Wait, dated, reserve
from ccorch.rules.spending import Spending
from ccorch.schema.ledger import LedgerLine

OnLine = Callable[[LedgerLine, Amount], None]
"""Is told a line, and how much of it is booked ahead of what is used by then."""
OnClosed = Callable[[str, bytes], None]
DAY = 86_400
_NEVER = "9999-99"
"""A month that never comes."""


def local_offset(at: float) -> int:
    """Seconds that the machine's own clock is ahead of UTC at that moment, daylight saving included."""
    return time.localtime(at).tm_gmtoff


def amount_of(line: LedgerLine) -> Amount:
    """What a line books."""
    return Amount(nano_usd=line.nano_usd or 0, tokens=line.usage.tokens)


class Accounts:
    """What was spent, as the ledger says, and what is set aside for requests under way."""

    def __init__(
        self, ledger: LedgerFile, on_line: OnLine, utc_offset: Callable[[float], int] = local_offset
    ) -> None:
        self._spending = Spending()
        self.changes = 0
        """Grows whenever a balance may be another one than before."""
        self._ledger = ledger
        self._on_line = on_line
        self._utc_offset = utc_offset
        self._pools: dict[str, Pool] = {}
        self._holds = Holds()
        self._owed: list[LedgerLine] = []
        self._since = ""
        self._recalled: set[str] = set()
        self._freed = asyncio.Event()
        self._watcher: Callable[[], None] = lambda: None

    def watch(self, freed: Callable[[], None]) -> None:
        """Have this called whenever what was set aside is free again."""
        self._watcher = freed

    def load(self, at: float, on_closed: OnClosed = lambda run, raw: None, runs: Collection[str] = ()) -> None:
        """Read this month's and last month's ledger, of `runs` all months; what a crash left open is closed.

        `on_closed` is given every last line with its run, so that nobody has to read the ledger once more.
        """
        self._spending, self._since, self._recalled = Spending(), month_of(at - 31 * DAY), set(runs)
        reader = LedgerReader(self._ledger.folder, self._since, always=runs)
        for figures, raw in reader.last_figures():
            if self._spending.add_last(figures):
                on_closed(figures.run, raw)
        for line in reader.left_open():
            self._spending.add(line)
        for line in self._spending.unfinished():
            lost = {"state": "closed", "at": at, "ended": "dropped", "note": "the gateway went away"}
            self.settle(line.model_copy(update=lost))

    def recall(self, run: str, on_closed: OnClosed) -> None:
        """Know again what a run that was over has spent, ever; `on_closed` is given all its last lines."""
        self.changes += 1
        is_new = run not in self._recalled
        self._recalled.add(run)
        # nothing of it is under way: what its crashes left open was closed before it was over
        for figures, raw in LedgerReader(self._ledger.folder, _NEVER, always=(run,)).last_figures():
            if is_new and month_of(json.loads(raw)["at"]) < self._since:
                self._spending.add_last(figures)
            on_closed(run, raw)

    def open(self, pool: Pool) -> None:
        """Set or change the limits of a pool; what was spent in it stays spent."""
        self._pools[pool.id] = pool
        self.changes += 1
        self._let_try_again()

    def dated(self, pool_id: str, at: float) -> str:
        """A pool's id on that moment's day, as the machine's own calendar has it."""
        return dated(pool_id, at, self._utc_offset(at))

    def close(self, pool_id: str) -> None:
        """Forget a pool's limits; what was spent in it stays spent, should it be opened again."""
        self._pools.pop(pool_id, None)
        self.changes += 1

    def booked(self, pool_ids: Iterable[str], at: float) -> tuple[str, ...]:
        """The dated names under which the ledger books what counts against these pools."""
        return tuple(dict.fromkeys(self.dated(self._pool(pool_id).booked_as, at) for pool_id in pool_ids))

    def balance(self, pool_id: str, at: float, request: str = "", attempt: str = "", tail: bool = False) -> Balance:
        """A pool now, as it is for this request of this attempt; one never opened has no limits.

        In the `tail` the part that is kept for the handoff may be used.
        """
        pool = self._pool(pool_id)
        booked = self.dated(pool.booked_as, at)
        reserved, promised = self._holds.of_others(booked, request, attempt)
        changes = {"id": self.dated(pool.id, at), "kept": 0.0 if tail else pool.kept}
        return Balance(
            pool=pool.model_copy(update=changes),
            spent=self._spending.pool(booked),
            reserved=reserved,
            promised=promised,
        )

    def promise(self, attempt: str, pool_ids: tuple[str, ...], amount: Amount, at: float) -> None:
        """Set aside for an attempt that is about to start."""
        self._holds.promise(attempt, self.booked(pool_ids, at), amount)
        self.changes += 1

    def is_promised(self, attempt: str) -> bool:
        """Whether something was set aside for this attempt."""
        return self._holds.is_promised(attempt)

    def end(self, attempt: str) -> None:
        """Free what an attempt was promised, and let those that wait try again."""
        if self._holds.end(attempt):
            self.changes += 1
            self._let_try_again()
            self._watcher()

    async def reserve(
        self, request: str, attempt: str, pool_ids: tuple[str, ...], need: Need, at: float, tail: bool = False
    ) -> Reservation | Refusal:
        """Set aside what a request needs in all its pools, or in none, waiting for others that hold too much."""

        def now() -> list[Balance]:
            return [self.balance(pool_id, at, request, attempt, tail) for pool_id in pool_ids]

        outcome = reserve(now(), need)
        while isinstance(outcome, Wait):
            await self._freed.wait()
            outcome = reserve(now(), need)
        if isinstance(outcome, Reservation):
            self._holds.ask(request, attempt, self.booked(pool_ids, at), outcome.amount)
            self.changes += 1
        return outcome

    def release(self, request: str) -> None:
        """Free what was set aside for a request, and let those that wait try again."""
        if self._holds.answered(request):
            self.changes += 1
            self._let_try_again()
            self._watcher()

    def _pool(self, pool_id: str) -> Pool:
        return self._pools.get(pool_id) or Pool(id=pool_id, scope="unlimited")

    def _let_try_again(self) -> None:
        self._freed.set()
        self._freed = asyncio.Event()

    def write(self, line: LedgerLine, ahead: Amount) -> None:
        """Put a line of a request under way into the ledger; raises when that is impossible."""
        self._append(line)
        self._tell(line, ahead)

    def settle(self, line: LedgerLine) -> None:
        """Book the last line of a request and free its reservation; an unwritable line is owed, not lost."""
        self._spending.add(line)
        self.changes += 1
        self._holds.used(attempt_key(line.run, line.node, line.attempt), amount_of(line))
        self.release(line.id)
        try:
            self._append(line)
        except WorkspaceUnwritable:
            self._owed.append(line)
        self._tell(line, Amount())

    def _append(self, line: LedgerLine) -> None:
        while self._owed:
            self._ledger.append(self._owed[0])
            del self._owed[0]
        self._ledger.append(line)

    def _tell(self, line: LedgerLine, ahead: Amount) -> None:
        # the line is booked; whatever its reader's trouble is, no worker's stream breaks over it
        with never_fatal(f"request {line.id} is booked, but its run {line.run} could not be told"):
            self._on_line(line, ahead)
