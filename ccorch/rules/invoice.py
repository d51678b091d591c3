"""A provider's invoice as comma-separated values: which column is what, and what each line charges."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from ccorch.schema.ledger import NANO

NAMES: Mapping[str, tuple[str, ...]] = {
    "day": (
        "usage_date_utc",
        "usage_date",
        "utc_date",
        "date_utc",
        "date",
        "day",
        "created_at",
        "timestamp",
        "time",
    ),
    "model": ("model", "model_version", "model_name", "model_id", "model_permaslug"),
    "usd": (
        "cost_usd",
        "usd",
        "amount_usd",
        "total_cost_usd",
        "total_cost",
        "cost_total",
        "cost",
        "spend",
        "amount",
    ),
    "input": (
        "usage_input_tokens_no_cache",
        "input_tokens",
        "prompt_tokens",
        "tokens_prompt",
        "uncached_input_tokens",
    ),
    "output": ("usage_output_tokens", "output_tokens", "completion_tokens", "tokens_completion"),
    "cache_read": (
        "usage_input_tokens_cache_read",
        "cache_read_tokens",
        "cache_read_input_tokens",
        "cached_tokens",
    ),
    "cache_write": (
        *("usage_input_tokens_cache_write_5m", "cache_write_tokens", "cache_creation_tokens"),
        "cache_creation_input_tokens",
    ),
    "currency": ("currency",),
}
"""How columns are called where nobody says it, the surest name first."""

TOKENS = ("input", "output", "cache_read", "cache_write")
MOST_TOKENS = 10**15
_SIGNS = re.compile(r"[$\s_]|USD", re.IGNORECASE)


class Unreadable(ValueError):
    """The invoice cannot be read; the sentence says why, `line` where."""

    def __init__(self, line: int, said: str) -> None:
        super().__init__(said)
        self.line = line


@dataclass(frozen=True)
class Charge:
    """What one line of an invoice charges."""

    day: str
    model: str
    nano_usd: int | None
    tokens: int | None


@dataclass(frozen=True)
class Invoice:
    """What an invoice charges, and how it was understood."""

    charges: tuple[Charge, ...]
    columns: Mapping[str, str]
    """Column by what it is taken for."""
    is_utc: bool
    """Whether its days are those of UTC; else they are taken for local days."""


def read(text: str, named: Mapping[str, str]) -> Invoice:
    """The invoice; raises Unreadable with the line."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=None), delimiter=delimiter)
    try:
        head = next(rows, [])
        columns = _columns([name.strip() for name in head], named)
        charges = tuple(_charges(rows, [name.strip() for name in head], columns, delimiter == ";"))
    except csv.Error as problem:
        raise Unreadable(rows.line_num, str(problem)) from problem
    if not charges:
        raise Unreadable(1, "it has no lines but its head")
    return Invoice(charges, columns, "utc" in columns["day"].lower())


def _columns(head: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    for what, column in named.items():
        if column not in head:
            raise Unreadable(1, f"it has no column {column!r} for {what}; its columns are {', '.join(head)}")
    spelled = {re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"): name for name in head}
    guessed = {
        what: next((spelled[name] for name in names if name in spelled), None) for what, names in NAMES.items()
    }
    found = {what: column for what, column in {**guessed, **named}.items() if column is not None}
    if "day" not in found or not {"usd", *TOKENS} & set(found):
        missing = "day" if "day" not in found else "usd, nor one of tokens"
        raise Unreadable(1, f"no column is known for {missing}; its columns are {', '.join(head) or 'none'}")
    return found


def _charges(
    rows: Iterator[list[str]], head: Sequence[str], columns: Mapping[str, str], decimal_comma: bool
) -> Iterator[Charge]:
    reader = rows
    for row in reader:
        line = reader.line_num  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            raise Unreadable(line, f"it has {len(row)} cells where the head has {len(head)}")
        cells = dict(zip(head, (cell.strip() for cell in row), strict=True))
        told = {what: cells[column] for what, column in columns.items()}
        if told.get("currency", "USD").upper() not in ("USD", "$", ""):
            raise Unreadable(line, f"its currency is {told['currency']!r}; only US dollars can be compared")
        yield Charge(
            _day(line, told["day"]), told.get("model", ""), _money(line, told, decimal_comma), _tokens(line, told)
        )


def _day(line: int, text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        pass
    for form in ("%Y/%m/%d", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d"):
        try:
            return datetime.strptime(text.split(" ")[0], form).date().isoformat()
        except ValueError:
            continue
    raise Unreadable(line, f"{text!r} is no day")


def _money(line: int, told: Mapping[str, str], decimal_comma: bool) -> int | None:
    if not told.get("usd"):
        return None  # a cell that says nothing is no price of nothing
    text = _SIGNS.sub("", told["usd"])
    text = text.replace(".", "").replace(",", ".") if decimal_comma else text.replace(",", "")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise Unreadable(line, f"{told['usd']!r} is no amount of money") from None
    if not amount.is_finite() or abs(amount) > 10**9:
        raise Unreadable(line, f"{told['usd']!r} is no amount of money")
    return int(amount * NANO)


def _tokens(line: int, told: Mapping[str, str]) -> int | None:
    known = [text for kind in TOKENS if (text := told.get(kind))]
    return sum(_count(line, text) for text in known) if known else None


def _count(line: int, text: str) -> int:
    plain = re.sub(r"[,_\s]|\.0+$", "", text)
    if not plain.isascii() or not plain.isdecimal() or int(plain[:20]) > MOST_TOKENS:
        raise Unreadable(line, f"{text!r} is no number of tokens")
    return int(plain)
