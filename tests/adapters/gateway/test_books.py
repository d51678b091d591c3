"""Promises of a run's books: a request of a live run is booked once, whichever daemon wrote it down."""

from ccorch.adapters.gateway.books import RunBooks
from ccorch.schema.ledger import LedgerLine
from tests.adapters.gateway.test_seats import line


def test_a_request_is_booked_once_until_its_run_is_over() -> None:
    books, booked = RunBooks(), list[LedgerLine]()
    book = books.once(booked.append)
    ours, found, new = line(1.0), line(1.0), line(1.0)
    books.add(ours)
    books.take("r1", found.model_dump_json(exclude_none=True).encode() + b"\n")

    for each in (ours, found, new):
        book(each)
    assert booked == [new]
    books.forget("r1")
    book(ours)
    assert booked == [new, ours]


def test_a_request_under_way_is_not_in_the_books() -> None:
    books, booked = RunBooks(), list[LedgerLine]()
    begun = line(1.0).model_copy(update={"state": "open"})
    books.add(begun)
    books.once(booked.append)(begun)

    assert booked == [begun]
