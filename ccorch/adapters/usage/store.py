"""Keeps sums of the ledger and of the bills, so that no reader reads them again; written by the daemon only."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ccorch.adapters.small_database import is_broken, opened, removed, storing
from ccorch.adapters.usage import tables
from ccorch.adapters.usage.tables import MIGRATIONS, Places
from ccorch.adapters.usage.tail import Found, Tail, is_whole
from ccorch.rules.usage import Counts, Key
from ccorch.schema.bill import Bill


class UsageStore:
    """The writer's side. Sums and the place up to which they reach are written together: nothing counts twice."""

    def __init__(self, path: Path, ledger: Path, bills: Path) -> None:
        self._path, self._ledger, self._bills = path, ledger, bills
        self._database: sqlite3.Connection | None = None
        self._one_at_a_time = threading.Lock()

    def catch_up(self) -> None:
        """Take in what is new, a piece at a time; a piece that cannot be written is taken in with the next call."""
        with self._one_at_a_time, storing(self._path), self._mended():
            database = self._database = self._database or opened(self._path, MIGRATIONS)
            with database:
                if not is_whole(self._ledger, self._bills, tables.places(database).offsets):
                    tables.clear(database)
            tail = Tail(self._ledger, self._bills, tables.places(database))
            is_more = True
            while is_more:
                requests, bills = tail.requests(), tail.bills()
                is_more = bool(requests or bills)
                with database:
                    self._take(database, requests, bills, tail.places)

    def close(self) -> None:
        """Write everything to the main file and close it."""
        with self._one_at_a_time:
            if self._database is not None:
                self._database.close()
                self._database = None

    @contextmanager
    def _mended(self) -> Iterator[None]:
        """A file that turns out to be broken is deleted, so that the next call makes it anew from the ledger."""
        try:
            yield
        except sqlite3.DatabaseError as problem:
            if self._database is not None:
                self._database.close()
                self._database = None
            if is_broken(problem):
                removed(self._path)
            raise

    @staticmethod
    def _take(database: sqlite3.Connection, requests: list[Found], bills: list[Bill], places: Places) -> None:
        known = tables.are_over(database, [request for request, _, _ in requests])
        sums: dict[Key, Counts] = {}
        for request, key, counts in requests:
            if request not in known:
                known.add(request)
                sums[key] = sums[key].plus(counts) if key in sums else counts
        tables.add(database, sums)
        tables.put(database, bills)
        tables.keep(database, places, [request for request, _, _ in requests])
