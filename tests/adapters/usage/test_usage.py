"""Promises of the sums: equal to a count of the ledger wherever they were broken off, and no byte changed."""

import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccorch.adapters.ledger_file import LedgerFile
from ccorch.adapters.usage import tables
from ccorch.adapters.usage.reader import UsageLedger
from ccorch.adapters.usage.store import UsageStore
from ccorch.errors import WorkspaceUnwritable
from ccorch.ports.usage import Used
from ccorch.rules.usage import Counts
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.usage import UsedBy
from ccorch.views.usage import rows, total, unattributed
from tests.disk import files_end_at

AUGUST = 1_785_542_400.0
BY: tuple[UsedBy, ...] = ("model", "profile", "role", "label", "day", "node", "run", "status")
ALL = ("", "9999", None)


def line(request: str, state: str = "closed", **more: object) -> LedgerLine:
    facts: dict[str, object] = {
        "id": request,
        "state": state,
        "at": AUGUST,
        "run": "r1",
        "node": "a",
        "attempt": 1,
        "role": "review",
        "profile": "glm",
        "declared_model": "glm-5.2",
        "served_model": "glm-5.2",
        "input_tokens": 3,
        "output_tokens": 2,
        "nano_usd": 17,
        "basis": "exact",
        "ended": None if state in ("open", "progress") else "ok",
    }
    return LedgerLine(**{**facts, **more})  # type: ignore[arg-type]


class Books:
    """A state folder with a ledger, its sums, and a reader."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ledger = LedgerFile(root / "ledger")
        self.reader = UsageLedger(root / "usage.sqlite", root / "ledger", root / "bills.ndjson")
        self.whole = UsageLedger(root / "none.sqlite", root / "ledger", root / "bills.ndjson")
        self.store = self.daemon()

    def daemon(self) -> UsageStore:
        return UsageStore(self.root / "usage.sqlite", self.root / "ledger", self.root / "bills.ndjson")

    def tell(self, by: UsedBy = "model") -> dict[str, Counts]:
        return dict(self.reader.used(by, *ALL).sums)

    def close(self) -> None:
        self.ledger.close()
        self.store.close()


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


requests = st.lists(
    st.tuples(
        st.sampled_from(["q1", "q2", "q3", "q4", "q5"]),
        st.sampled_from(["open", "progress", "closed", "refused"]),
        st.fixed_dictionaries(
            {
                "day": st.sampled_from([None, "2026-08-01", "2026-08-02"]),
                "label": st.sampled_from([None, "night"]),
                "served_model": st.sampled_from([None, "glm-5.2", "kimi"]),
                "nano_usd": st.sampled_from([None, 0, 17]),
                "price_version": st.sampled_from([None, "2026-08-01", "plan"]),
                "ended": st.sampled_from(["ok", "cut", "error", "dropped", "refused"]),
            }
        ),
        st.sampled_from(["nothing", "nothing", "catch up", "new daemon", "torn", "look"]),
    ),
    max_size=25,
)


@given(requests, st.sampled_from(BY), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_sums_and_what_came_since_are_what_the_ledger_says_wherever_they_break_off(
    tmp_path_factory: pytest.TempPathFactory,
    written: list[tuple[str, str, dict[str, object], str]],
    by: UsedBy,
    most: int,
) -> None:
    books = Books(tmp_path_factory.mktemp("books"))
    for place, (request, state, more, then) in enumerate(written):
        books.ledger.append(line(request, state, at=AUGUST + 100 * (place - len(written) // 2), **more))
        match then:
            case "catch up":
                books.store.catch_up()
            case "new daemon":
                books.store.close()
                books.store = books.daemon()
                books.store.catch_up()
            case "torn":
                (month,) = sorted((books.root / "ledger").iterdir())[-1:]
                with month.open("ab") as file:
                    file.write(b'{"id":"q9","state":"clo')
                books.ledger.close()
            case "look":
                books.tell()
    told, largest = books.tell(by), books.reader.used(by, *ALL, most)
    books.close()

    whole = books.whole.used(by, *ALL)
    assert told == whole.sums
    assert rows(largest, by, most) == rows(whole, by, most)
    assert (total(largest), unattributed(largest)) == (total(whole), unattributed(whole))


def test_a_request_counts_once_and_what_is_under_way_as_it_is_booked(books: Books) -> None:
    for request, state in (("q1", "open"), ("q1", "progress"), ("q1", "closed"), ("q1", "closed"), ("q2", "open")):
        books.ledger.append(line(request, state))
        books.store.catch_up()
    books.store.close()
    books.store = books.daemon()
    books.ledger.append(line("q1", "closed", nano_usd=99))

    assert books.tell("status") == {
        "ok": Counts(requests=1, input=3, output=2, nano_usd=17),
        "under way": Counts(requests=1, input=3, output=2, nano_usd=17),
    }
    books.close()


def test_unknown_money_is_counted_and_a_plans_is_not_unknown(books: Books) -> None:
    books.ledger.append(line("q1", nano_usd=None))
    books.ledger.append(line("q2", nano_usd=None, price_version="plan"))
    books.ledger.append(line("q3", "refused", nano_usd=0, input_tokens=0, output_tokens=0, ended="refused"))
    (found,) = books.tell().values()
    books.close()

    assert (found.unpriced, found.covered, found.refused, found.stopped, found.nano_usd) == (1, 1, 1, 1, 0)


def test_days_and_profile_choose_what_is_told(books: Books) -> None:
    for number, day in enumerate(("2026-07-31", "2026-08-01", "2026-08-02")):
        books.ledger.append(line(f"q{number}", day=day, profile="glm" if number else "kimi"))
    books.store.catch_up()
    books.ledger.append(line("q9", day="2026-08-02", profile="kimi"))

    def days(since: str, until: str, profile: str | None) -> dict[str, int]:
        return {
            day: counts.requests for day, counts in books.reader.used("day", since, until, profile).sums.items()
        }

    assert days("2026-08-01", "2026-08-02", None) == {"2026-08-01": 1, "2026-08-02": 2}
    assert days("2026-08-02", "9999", "kimi") == {"2026-08-02": 1}
    books.close()


def test_a_line_of_an_earlier_version_lies_on_the_day_on_which_it_began(books: Books) -> None:
    books.ledger.append(line("q1", day=None, at=AUGUST + 1, duration_ms=3_600_000))

    assert set(books.tell("day")) == {books.reader.day_of(AUGUST - 3599)}
    books.close()


def test_reading_changes_no_byte_and_says_when_there_is_nothing_to_go_by(books: Books) -> None:
    books.ledger.append(line("q1"))
    before = traces(books.root)
    first = books.reader.used("model", *ALL)
    assert traces(books.root) == before
    books.store.catch_up()
    books.store.close()
    before = traces(books.root)
    second = books.reader.used("model", *ALL)

    assert traces(books.root) == before
    assert (first.sums, second.note) == (second.sums, None)
    assert first.note is not None
    assert "counted from the ledger itself: there are no sums yet" in first.note
    books.close()


@pytest.mark.parametrize("harm", ["noise", "newer", "cut", "another ledger"])
def test_sums_that_cannot_be_used_cost_time_and_nothing_else(books: Books, harm: str) -> None:
    for number in range(50):
        books.ledger.append(line(f"q{number}", run=f"r{number}"))
    books.store.catch_up()
    books.store.close()
    path = books.root / "usage.sqlite"
    match harm:
        case "noise":
            path.write_bytes(os.urandom(4096))
        case "newer":
            with sqlite3.connect(path) as database:
                database.execute("PRAGMA user_version = 99")
            database.close()
        case "cut":
            path.write_bytes(path.read_bytes()[:6000])
        case "another ledger":
            (month,) = (books.root / "ledger").iterdir()
            month.write_bytes(b"".join(month.read_bytes().splitlines(keepends=True)[:7]))
            books.ledger.close()
    told: Used = books.reader.used("model", *ALL)
    assert told.note is not None
    books.store.catch_up()
    mended = books.reader.used("model", *ALL)

    assert mended == Used(told.sums, (), None)
    assert told.sums["glm-5.2"].requests == (7 if harm == "another ledger" else 50)
    books.close()


def test_a_full_disk_loses_nothing_and_counts_nothing_twice(books: Books) -> None:
    books.ledger.append(line("q1"))
    books.store.catch_up()
    for number in range(2, 400):
        books.ledger.append(line(f"q{number}", run=f"r{number}"))
    with files_end_at(30_000), pytest.raises(WorkspaceUnwritable):
        books.store.catch_up()
    assert books.tell()["glm-5.2"].requests == 399
    books.store.catch_up()

    assert books.tell()["glm-5.2"].requests == 399
    books.close()


def test_a_question_that_sqlite_does_not_understand_deletes_no_sums(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.ledger.append(line("q1"))
    books.store.catch_up()
    monkeypatch.setattr(tables, "places", lambda database: database.execute("SELEC"))

    with pytest.raises(WorkspaceUnwritable, match="syntax error"):
        books.store.catch_up()

    assert (books.root / "usage.sqlite").exists()
    books.close()


def test_sums_that_break_while_they_are_open_are_made_anew_without_a_new_daemon(books: Books) -> None:
    for number in range(300):
        books.ledger.append(line(f"q{number}", run=f"r{number}"))
    books.store.catch_up()
    # the main file is whole only without a log beside it
    with sqlite3.connect(books.root / "usage.sqlite") as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    with (books.root / "usage.sqlite").open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        file.write(b"\xff" * size)
    books.ledger.append(line("new"))
    with pytest.raises(WorkspaceUnwritable):
        books.store.catch_up()
    books.store.catch_up()

    assert books.reader.used("model", *ALL).note is None
    assert books.tell()["glm-5.2"].requests == 301
    books.close()


def traces(root: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in root.rglob("*")}
