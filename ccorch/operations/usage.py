"""The verb that tells what was used and spent, over all projects."""

from collections.abc import Callable
from datetime import date

from ccorch.errors import ArgumentInvalid
from ccorch.operations import comparing
from ccorch.operations.house import House
from ccorch.rules.days import first_day, last_day
from ccorch.schema.base import Many, Value
from ccorch.schema.reconciled import InvoiceCompared, SwitchCompared
from ccorch.schema.usage import RunsBilled, Unattributed, UsageRequest, UsageRow, UsedBy
from ccorch.views import usage as view

FIRST, LAST = "", "9999-12-31"
"""Days between which everything lies."""


class UsageReply(Value):
    """What was used."""

    by: UsedBy
    """What it is told by."""
    since: str | None
    """First local day; null is the first of all."""
    until: str | None
    """Last local day; null is the last of all."""
    rows: Many[UsageRow]
    """The largest first, days the newest first."""
    rest: UsageRow | None
    """Everything beyond these rows together; null when they are all."""
    total: UsageRow
    """All of it."""
    unattributed: Unattributed
    """What of it names none of what it is told by."""
    runs: RunsBilled | None
    """What the runs' bills say; null where only one profile is asked for."""
    switch: SwitchCompared | None = None
    """CC Switch's own log beside the ledger; null when that was not asked for."""
    invoice: InvoiceCompared | None = None
    """The invoice beside the ledger; null when none was named."""
    note: str | None = None
    """What to know about how it was found."""


def usage(house: House, request: UsageRequest) -> UsageReply:
    """Tell what was used on these days."""
    since, until = window(house, request)
    found = house.usage.used(request.by, since or FIRST, until or LAST, request.profile, request.limit)
    rows, rest = view.rows(found, request.by, request.limit)
    return UsageReply(
        by=request.by,
        since=since,
        until=until,
        rows=rows,
        rest=rest,
        total=view.row("total", view.total(found)),
        unattributed=view.unattributed(found),
        runs=view.billed(found.bills) if request.profile is None else None,
        switch=comparing.switch(house, request, since, until),
        invoice=comparing.invoice(house, request),
        note=found.note,
    )


def window(house: House, request: UsageRequest) -> tuple[str | None, str | None]:
    """The days asked for; raises ArgumentInvalid for words that mean none, or no time at all."""
    return days(house, request.since, request.until)


def days(house: House, begins: str | None, ends: str | None) -> tuple[str | None, str | None]:
    """The local days that such words mean; raises ArgumentInvalid."""
    today = date.fromisoformat(house.usage.day_of(house.clock.now()))
    since = _day("--since", begins, first_day, today)
    until = _day("--until", ends, last_day, today)
    if since and until and since > until:
        raise ArgumentInvalid(f"no day lies between {since} and {until}", hint="put the earlier day into --since")
    return since, until


def _day(flag: str, words: str | None, read: Callable[[str, date], date | None], today: date) -> str | None:
    if words is None:
        return None
    found = read(words, today)
    if found is None:
        hint = "write 2026-08-21, 2026-08, today, yesterday, or 7d for the last seven days"
        raise ArgumentInvalid(f"{flag} {words!r} is no day", hint=hint)
    return found.isoformat()
