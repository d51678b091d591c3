"""Local days as people write them: a day, a month, today, yesterday, or the last so many days."""

import re
from datetime import date, timedelta

_MONTH = re.compile(r"\d{4}-\d\d")
_LAST = re.compile(r"(\d{1,4})d")


def first_day(words: str, today: date) -> date | None:
    """The first day that is meant; null when the words mean none."""
    if found := _LAST.fullmatch(words):
        return today - timedelta(days=max(int(found[1]) - 1, 0))
    return _day(f"{words}-01" if _MONTH.fullmatch(words) else words, today)


def last_day(words: str, today: date) -> date | None:
    """The last day that is meant; null when the words mean none."""
    if _LAST.fullmatch(words):
        return today
    if not _MONTH.fullmatch(words):
        return _day(words, today)
    first = _day(f"{words}-01", today)
    return first and (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _day(words: str, today: date) -> date | None:
    if words in ("today", "yesterday"):
        return today - timedelta(days=int(words == "yesterday"))
    try:
        return date.fromisoformat(words) if len(words) == 10 else None
    except ValueError:
        return None
