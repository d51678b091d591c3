"""Puts the ledger beside a provider's invoice and beside CC Switch's own log; reads both and changes neither."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ccorch.errors import ArgumentInvalid
from ccorch.operations.given import given
from ccorch.operations.house import House
from ccorch.rules import invoice as reading
from ccorch.rules.reconcile import with_invoice, with_switch
from ccorch.schema.ledger import LedgerLine
from ccorch.schema.reconciled import InvoiceCompared, SwitchCompared
from ccorch.schema.usage import UsageRequest

KEPT_DAYS = 30
"""Days for which CC Switch keeps single requests."""


def invoice(house: House, request: UsageRequest) -> InvoiceCompared | None:
    """The invoice that was named beside the ledger of its days; null when none was."""
    if request.invoice is None:
        if request.columns:
            raise ArgumentInvalid("--columns names columns of an invoice", hint="add --invoice FILE")
        return None
    found = _read(Path(request.invoice), _named(request.columns))
    days = sorted(charge.day for charge in found.charges)
    lines = house.usage.requests(_begin(days[0], -2), _begin(days[-1], 3))
    wanted = (line for line in lines if request.profile in (None, line.profile))
    rows = with_invoice(wanted, found.charges, _day_of(house, found.is_utc))
    return InvoiceCompared(file=request.invoice, columns=dict(found.columns), utc=found.is_utc, rows=rows)


def switch(house: House, request: UsageRequest, since: str | None, until: str | None) -> SwitchCompared | None:
    """CC Switch's log beside the ledger; null when that was not asked for, or there is no log."""
    if not request.reconcile:
        return None
    today = house.usage.day_of(house.clock.now())
    first = since or (date.fromisoformat(today) - timedelta(days=KEPT_DAYS)).isoformat()
    last = until or today
    begin, end = _local(first, 0), _local(last, 1)
    log = house.switch_log(begin, end, (first, last))
    if log is None:
        raise ArgumentInvalid(
            "there is no log of CC Switch to compare with",
            hint="it is read from cc-switch.db in CC Switch's folder; `ccorch profiles` says what was found there",
        )
    lines = house.usage.requests(begin, end)
    return with_switch((line for line in lines if request.profile in (None, line.profile)), log)


def _read(path: Path, named: Mapping[str, str]) -> reading.Invoice:
    try:
        return reading.read(given(path, "the invoice").decode("utf-8-sig"), named)
    except OSError as problem:
        raise ArgumentInvalid(f"the invoice {path} cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise ArgumentInvalid(f"the invoice {path} is not UTF-8 text: byte {problem.start}") from problem
    except reading.Unreadable as problem:
        hint = "name its columns: --columns day=DATE,model=MODEL,usd=COST; `ccorch usage --help` names all"
        raise ArgumentInvalid(f"{path}:{problem.line}: {problem}", hint=hint) from problem


def _named(columns: tuple[str, ...]) -> dict[str, str]:
    named = dict(column.partition("=")[::2] for column in columns)
    if strange := [name for name in named if name not in reading.NAMES or not named[name]]:
        hint = f"write NAME=COLUMN with one of {', '.join(reading.NAMES)}"
        raise ArgumentInvalid(f"--columns {strange[0]!r} names nothing of an invoice", hint=hint)
    return named


def _day_of(house: House, is_utc: bool) -> Callable[[LedgerLine], str]:
    def utc(line: LedgerLine) -> str:
        return datetime.fromtimestamp(line.at - (line.duration_ms or 0) / 1000, UTC).date().isoformat()

    def local(line: LedgerLine) -> str:
        return line.day or house.usage.day_of(line.at - (line.duration_ms or 0) / 1000)

    return utc if is_utc else local


def _begin(day: str, days: int) -> float:
    return (datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=days)).timestamp()


def _local(day: str, days: int) -> float:
    """When a local day begins, by the machine's own calendar."""
    return (datetime.fromisoformat(day) + timedelta(days=days)).timestamp()
