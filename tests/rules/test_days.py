"""Promises of days as people write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.days import first_day, last_day

TODAY = date(2026, 3, 29)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-12", date(2025, 12, 1), date(2025, 12, 31)),
        ("2026-03-01", date(2026, 3, 1), date(2026, 3, 1)),
        ("today", TODAY, TODAY),
        ("yesterday", date(2026, 3, 28), date(2026, 3, 28)),
        ("7d", date(2026, 3, 23), TODAY),
        ("1d", TODAY, TODAY),
    ],
)
def test_words_mean_days(words: str, first: date, last: date) -> None:
    assert (first_day(words, TODAY), last_day(words, TODAY)) == (first, last)


@pytest.mark.parametrize(
    "words", ["", "7", "d", "2026", "2026-13", "2026-02-30", "20260301", "-1d", "99999d", "now"]
)
def test_other_words_mean_none(words: str) -> None:
    assert (first_day(words, TODAY), last_day(words, TODAY)) == (None, None)


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(9998, 12, 31)))
def test_a_month_reaches_from_its_first_to_its_last_day(day: date) -> None:
    month = day.isoformat()[:7]
    first, last = first_day(month, TODAY), last_day(month, TODAY)

    assert first is not None
    assert last is not None
    assert (first.day, (last + timedelta(days=1)).day, last.isoformat()[:7]) == (1, 1, month)
