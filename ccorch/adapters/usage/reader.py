"""The Usage port: sums that the daemon keeps, and what was written since, without changing a byte."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ccorch.adapters.ledger_file import LedgerReader, month_of
from ccorch.adapters.small_database import looked_into
from ccorch.adapters.usage import tables
from ccorch.adapters.usage.tables import MIGRATIONS, Asked, Places
from ccorch.adapters.usage.tail import Tail, is_whole, local_day
from ccorch.ports.usage import Used
from ccorch.rules.usage import Billed, Counts, Key
from ccorch.schema.ledger import LedgerLine

NOTHING = Places({}, {})
Over = Callable[[Iterable[str]], set[str]]


class UsageLedger:
    """Answers the Usage port from the state folder."""

    def __init__(self, path: Path, ledger: Path, bills: Path) -> None:
        self._path, self._ledger, self._bills = path, ledger, bills

    def used(self, by: str, since: str, until: str, profile: str | None, most: int | None = None) -> Used:
        """What was used on these local days: the sums, and what was written since they were made."""
        asked = Asked(by, since, until, profile, most)
        if not self._path.exists():
            return self._counted(asked, "there are no sums yet")
        try:
            return looked_into(self._path, len(MIGRATIONS), lambda database: self._told(database, asked))
        except sqlite3.DatabaseError as problem:
            return self._counted(asked, f"the sums cannot be read: {problem}")

    def day_of(self, at: float) -> str:
        """The local day of a moment."""
        return local_day(at)

    def requests(self, since: float, until: float) -> Iterator[LedgerLine]:
        """The last line of every request that ended in that time, read from the ledger's months themselves."""
        seen: set[str] = set()
        for line in LedgerReader(self._ledger, month_of(max(since, 0.0))).new_lines():
            if line.is_last and since <= line.at < until and line.id not in seen:
                seen.add(line.id)
                yield line

    def _told(self, database: sqlite3.Connection, asked: Asked) -> Used:
        places = tables.places(database)
        if not is_whole(self._ledger, self._bills, places.offsets):
            return self._counted(asked, "the sums are of another ledger")
        tail = Tail(self._ledger, self._bills, places)
        newer = _newest(tail)
        late: dict[str, Counts] = {}
        _add(late, tail, asked, lambda requests: tables.are_over(database, requests))
        sums, others, left = (
            # what was written since may be of any rank, and what names nothing is always told
            tables.largest(database, asked, ("", *late))
            if asked.of_many
            else (tables.sums(database, asked), Counts(), 0)
        )
        for name, counts in late.items():
            sums[name] = sums[name].plus(counts) if name in sums else counts
        bills = (*tables.bills(database, asked, newer), *_billed(newer, asked))
        return Used(sums, bills, others=others, left=left)

    def _counted(self, asked: Asked, why: str) -> Used:
        """Everything from the files themselves, because there are no sums to go by."""
        tail = Tail(self._ledger, self._bills, NOTHING)
        sums: dict[str, Counts] = {}
        _add(sums, tail, asked, lambda requests: set())
        note = f"every request was counted from the ledger itself: {why}; the daemon makes them when it looks next"
        return Used(sums, tuple(_billed(_newest(tail), asked)), note if sums else None)


def _add(sums: dict[str, Counts], tail: Tail, asked: Asked, over: Over) -> None:
    seen: set[str] = set()
    while requests := tail.requests():
        seen |= over(request for request, _, _ in requests)
        for request, key, counts in requests:
            if request not in seen:
                seen.add(request)
                _count(sums, key, counts, asked)
    under_way = list(tail.unfinished())
    # nothing counts after a request's last line
    seen |= over(request for request, _, _ in under_way)
    for request, key, counts in under_way:
        if request not in seen:
            _count(sums, key, counts, asked)


def _count(sums: dict[str, Counts], key: Key, counts: Counts, asked: Asked) -> None:
    if asked.since <= key.day <= asked.until and asked.profile in (None, key.profile):
        name = str(getattr(key, asked.by))
        sums[name] = sums[name].plus(counts) if name in sums else counts


def _newest(tail: Tail) -> dict[str, tuple[str, Billed]]:
    """Day and figures of the newest bill of each run."""
    found: dict[str, tuple[str, Billed]] = {}
    while bills := tail.bills():
        found.update((bill.run, (bill.day, tables.billed(bill))) for bill in bills)
    return found


def _billed(bills: Mapping[str, tuple[str, Billed]], asked: Asked) -> Iterator[Billed]:
    return (billed for day, billed in bills.values() if asked.since <= day <= asked.until)
