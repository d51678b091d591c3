"""The tables of usage.sqlite, and how sums are put into them and asked of them."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ccorch.rules.usage import Billed, Counts, Key
from ccorch.schema.bill import Bill

_SUMS = ", ".join(f"{name} INTEGER NOT NULL" for name in Counts._fields)
_TOTALS = ", ".join(f"sum({name})" for name in Counts._fields)
_TOKENS = "sum(input + output + cache_read + cache_write)"
_OF_DAY = ("day", "profile", "model", "role", "label", "status")
_OF_RUN = Key._fields
_FIRST_BILLED = Billed._fields[1 : Billed._fields.index("controller_unpriced")]
REMEMBERED = 10_000
"""Finished requests whose further lines are known as repeats; a repeat follows soon or never."""


def _table(name: str, keys: Iterable[str]) -> str:
    columns = ", ".join(f"{key} TEXT NOT NULL" for key in keys)
    return f"CREATE TABLE {name} ({columns}, {_SUMS}, PRIMARY KEY ({', '.join(keys)})) WITHOUT ROWID;"


MIGRATIONS = (
    f"""
    {_table("by_day", _OF_DAY)}
    {_table("by_run", _OF_RUN)}
    CREATE TABLE bill (
        run TEXT PRIMARY KEY, day TEXT NOT NULL, judgement TEXT NOT NULL,
        {", ".join(f"{name} INTEGER NOT NULL" for name in _FIRST_BILLED)}
    ) WITHOUT ROWID;
    CREATE TABLE place (file TEXT PRIMARY KEY, offset INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE unfinished (request TEXT PRIMARY KEY, line BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE over (number INTEGER PRIMARY KEY, request TEXT NOT NULL UNIQUE);
    """,
    # the bills are read anew, for what they say more
    """
    DELETE FROM bill;
    ALTER TABLE bill ADD COLUMN controller_unpriced INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE bill ADD COLUMN controller_uncounted INTEGER NOT NULL DEFAULT 0;
    DELETE FROM place WHERE file = 'bills';
    """,
)
"""Numbered by their place, only ever added to."""

BILLS = "bills"
"""How the file of bills is called among the places."""


@dataclass(frozen=True)
class Asked:
    """Which requests are meant, and by what they are told."""

    by: str
    since: str = ""
    """First local day; empty is the first of all."""
    until: str = "9999"
    """Last local day."""
    profile: str | None = None
    most: int | None = None
    """How many of the largest are told one by one; null is all."""

    @property
    def of_many(self) -> bool:
        """Whether it is told by what there may be a great many of, and only the largest are wanted."""
        return self.most is not None and self.by not in _OF_DAY


@dataclass(frozen=True)
class Places:
    """How far the ledger and the bills were read, and what was left open there."""

    offsets: Mapping[str, int]
    unfinished: Mapping[str, bytes]


def places(database: sqlite3.Connection) -> Places:
    """Where reading goes on."""
    return Places(
        offsets=dict(database.execute("SELECT file, offset FROM place")),
        unfinished=dict(database.execute("SELECT request, line FROM unfinished")),
    )


def are_over(database: sqlite3.Connection, requests: Iterable[str]) -> set[str]:
    """Which of these requests had their last line before."""
    asked = "SELECT request FROM over WHERE request = ?"
    return {request for request in requests if database.execute(asked, (request,)).fetchone()}


def sums(database: sqlite3.Connection, asked: Asked) -> dict[str, Counts]:
    """What was used, by the word asked for."""
    table, values = _asked_of(asked)
    rows = database.execute(f"SELECT {asked.by}, {_TOTALS} FROM {table} GROUP BY {asked.by}", values)
    return {row[0]: Counts._make(row[1:]) for row in rows}


def largest(
    database: sqlite3.Connection, asked: Asked, names: Sequence[str]
) -> tuple[dict[str, Counts], Counts, int]:
    """The sums of these names and of the largest others; what is beyond them together, and how many that are."""
    table, values = _asked_of(asked)
    # ranked by few columns first, which takes a third of the time where there are 100,000
    ranked = (
        f"SELECT {asked.by} FROM {table} GROUP BY 1 ORDER BY sum(nano_usd) DESC, {_TOKENS} DESC, 1 DESC LIMIT ?"
    )
    wanted = f"SELECT value FROM json_each(?) UNION SELECT * FROM ({ranked})"
    question = f"SELECT {asked.by}, {_TOTALS} FROM {table} AND {asked.by} IN ({wanted}) GROUP BY 1"
    most = (asked.most or 0) + len(names)
    rows = database.execute(question, [*values, json.dumps(list(names)), *values, most])
    found = {row[0]: Counts._make(row[1:]) for row in rows}
    many, *total = database.execute(f"SELECT count(DISTINCT {asked.by}), {_TOTALS} FROM {table}", values).fetchone()
    if many == len(found):
        return found, Counts(), 0
    told = map(sum, zip(*found.values(), strict=True))
    return found, Counts(*map(int.__sub__, total, told)), many - len(found)


def _asked_of(asked: Asked) -> tuple[str, list[str]]:
    """The rows that are meant, as SQL and its values."""
    table = "by_day" if asked.by in _OF_DAY else "by_run"
    only, values = ("", []) if asked.profile is None else (" AND profile = ?", [asked.profile])
    return f"{table} WHERE day BETWEEN ? AND ?{only}", [asked.since, asked.until, *values]


def bills(database: sqlite3.Connection, asked: Asked, without: Iterable[str]) -> list[Billed]:
    """The bills of these days, added up by judgement, without the runs that are told anew."""
    left_out = list(without)
    totals = ", ".join(f"sum({name})" for name in Billed._fields[1:])
    question = f"""SELECT judgement, {totals} FROM bill
        WHERE day BETWEEN ? AND ? AND run NOT IN (SELECT value FROM json_each(?)) GROUP BY judgement"""
    rows = database.execute(question, [asked.since, asked.until, json.dumps(left_out)])
    return [Billed(*row) for row in rows]


def add(database: sqlite3.Connection, found: Mapping[Key, Counts]) -> None:
    """Add to the sums."""
    by_day: dict[tuple[str, ...], Counts] = {}
    for key, counts in found.items():
        day = tuple(getattr(key, name) for name in _OF_DAY)
        by_day[day] = by_day[day].plus(counts) if day in by_day else counts
    _add(database, "by_day", _OF_DAY, by_day)
    _add(database, "by_run", _OF_RUN, {tuple(key): counts for key, counts in found.items()})


def put(database: sqlite3.Connection, found: Iterable[Bill]) -> None:
    """Put bills into the place of earlier ones of the same runs."""
    names = ("run", "day", *Billed._fields)
    statement = f"REPLACE INTO bill ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    database.executemany(statement, [(bill.run, bill.day, *billed(bill)) for bill in found])


def billed(bill: Bill) -> Billed:
    """A bill as it is added up."""
    return Billed(
        judgement=bill.judgement or "",
        runs=1,
        again=sum(bill.again.values()),
        escalations=len(bill.escalations),
        verification_nano_usd=bill.verification.nano_usd,
        verification_unpriced=bill.verification.unpriced,
        redone_nano_usd=bill.redone.nano_usd,
        redone_unpriced=bill.redone.unpriced,
        controller_nano_usd=bill.controller.nano_usd,
        controller_tokens=bill.controller.tokens,
        controller_reports=bill.controller.reports,
        controller_unpriced=bill.controller.unpriced,
        controller_uncounted=bill.controller.uncounted,
    )


def keep(database: sqlite3.Connection, places: Places, over: Iterable[str]) -> None:
    """Keep how far was read, what is left open, and which requests are over."""
    database.executemany("REPLACE INTO place (file, offset) VALUES (?, ?)", places.offsets.items())
    database.executemany("INSERT OR IGNORE INTO over (request) VALUES (?)", [(request,) for request in over])
    late = are_over(database, places.unfinished)
    left_open = [(request, line) for request, line in places.unfinished.items() if request not in late]
    database.execute("DELETE FROM unfinished")
    database.executemany("INSERT INTO unfinished (request, line) VALUES (?, ?)", left_open)
    database.execute("DELETE FROM over WHERE number <= (SELECT max(number) FROM over) - ?", (REMEMBERED,))


def clear(database: sqlite3.Connection) -> None:
    """Forget everything."""
    for table in ("by_day", "by_run", "bill", "place", "unfinished", "over"):
        database.execute(f"DELETE FROM {table}")


def _add(
    database: sqlite3.Connection, table: str, keys: Sequence[str], found: Mapping[tuple[str, ...], Counts]
) -> None:
    names = (*keys, *Counts._fields)
    adding = ", ".join(f"{name} = {name} + excluded.{name}" for name in Counts._fields)
    statement = f"""INSERT INTO {table} ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})
        ON CONFLICT ({", ".join(keys)}) DO UPDATE SET {adding}"""
    database.executemany(statement, [(*key, *counts) for key, counts in found.items()])
