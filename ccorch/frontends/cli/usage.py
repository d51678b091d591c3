"""Usage on the screen and as comma-separated values."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import cut, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.amounts import money, span, times, tokens
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.usage import UsageReply
    from ccorch.schema.reconciled import InvoiceCompared, SwitchCompared
    from ccorch.schema.usage import RunsBilled, UsageRow

UNNAMED = {"model": "no answer", "label": "no label"}
"""How requests are told that name none."""

STATES = ("matches", "differs", "only here", "only there")
"""How days and models of an invoice stand, the good ones first."""

MOST_COMPARED = 20
"""Rows of an invoice that are listed one by one."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute."""


def shown(reply: UsageReply, screen: Screen) -> Iterator[str]:
    """The rows, their total, and what the figures are made of."""
    when = _when(reply.since, reply.until)
    if not reply.total.requests and not reply.total.budget_stops:
        yield f"nothing was used{when}"
        yield from _compared(reply, screen)
        return
    heads = (reply.by, "requests", "in", "out", "cache r/w", "money", "time", "1st byte", "failed", "stopped")
    shown = [*reply.rows, *([reply.rest] if reply.rest else []), reply.total]
    rows = [_row(row, _name(reply, row)) for row in shown]
    drops = ("1st byte", "time", "cache r/w", "stopped", "failed", "requests", "out", "in")
    lines = cut(heads, rows, screen.room, "", drops)
    yield screen.styled(lines[0], "dim")
    yield from lines[1:-1]
    yield screen.styled(lines[-1], "bold")
    yield from (text for said in _remarks(reply) for text in wrapped(said, screen.width))
    yield from _compared(reply, screen)


def _compared(reply: UsageReply, screen: Screen) -> Iterator[str]:
    if reply.invoice is not None:
        yield from _invoice(reply.invoice, screen)
    if reply.switch is not None:
        yield from (text for said in _switch(reply.switch) for text in wrapped(said, screen.width))


def _invoice(found: InvoiceCompared, screen: Screen) -> Iterator[str]:
    states: Counter[str] = Counter(row.state for row in found.rows)
    zone = "days of UTC" if found.utc else "local days"
    yield ""
    yield from wrapped(
        f"{line(found.file)} ({zone}): " + ", ".join(f"{states[name]} {name}" for name in STATES if states[name]),
        screen.width,
    )
    heads = ("day", "model", "here", "invoice", "tokens here", "invoice's", "")
    rows = [
        (
            *(row.day, row.model or "all", money(row.here_usd)),
            "-" if row.there_usd is None else money(row.there_usd),
            *(tokens(row.here_tokens), "-" if row.there_tokens is None else tokens(row.there_tokens), row.state),
        )
        for row in sorted(found.rows, key=lambda row: (row.state == "matches", row.day))[:MOST_COMPARED]
    ]
    yield from cut(heads, rows, screen.room, "model", ("tokens here", "invoice's"))
    if len(found.rows) > MOST_COMPARED:
        yield f"… and {len(found.rows) - MOST_COMPARED} more (--json lists all)"


def _switch(found: SwitchCompared) -> Iterator[str]:
    known = f"{money(found.both_here_usd)} here, {money(found.both_there_usd)} there"
    yield f"CC Switch's log: {_many(found.both, 'request')} in both ({known}), counted once"
    if found.differing_sessions:
        yield f"! {_many(found.differing_sessions, 'session')} known to both with different tokens"
    yield f"  only here: {_many(found.only_here, 'request')}, {money(found.only_here_usd)}"
    for only in found.only_there:
        name = "Claude Code's own transcripts" if only.provider == "_session" else line(only.provider)
        yield f"  only there: {_many(only.requests, 'request')} of {name}, {money(only.usd)}"
    for only in found.rolled:
        said = f"{_many(only.requests, 'request')} of {line(only.provider)}, {money(only.usd)}"
        yield f"  older days, of which it keeps sums only: {said}"


def values(reply: UsageReply) -> str:
    """Every row and the total with a head, as a spreadsheet takes them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    rows = [*reply.rows, *([reply.rest] if reply.rest else []), reply.total]
    head, *figures = reply.total.model_dump(mode="json")
    writer.writerow([reply.by if head == "name" else head, *figures])
    for row in rows:
        name, *cells = row.model_dump(mode="json").values()
        writer.writerow([_cell(name), *("" if cell is None else cell for cell in cells)])
    return out.getvalue()


def spent(row: UsageRow) -> str:
    """Money, with what is unknown counted and what a subscription pays for named."""
    parts = [money(row.known_usd)] if row.known_usd or not (row.unpriced or row.plan == "all") else []
    parts += [f"{row.unpriced} unknown"] if row.unpriced else []
    parts += ["plan"] if row.plan else []
    return ("~" if row.estimated and row.known_usd else "") + " + ".join(parts)


def _row(row: UsageRow, name: str) -> tuple[str, ...]:
    cached = row.cache_read_tokens or row.cache_write_tokens
    return (
        name,
        str(row.requests),
        tokens(row.input_tokens),
        tokens(row.output_tokens),
        f"{tokens(row.cache_read_tokens)}/{tokens(row.cache_write_tokens)}" if cached else "-",
        spent(row),
        span(row.seconds),
        "-" if row.first_byte_ms is None else f"{row.first_byte_ms} ms",
        str(row.failed or "-"),
        str(row.budget_stops or "-"),
    )


def _name(reply: UsageReply, row: UsageRow) -> str:
    return row.name or UNNAMED.get(reply.by, "unknown")


def _remarks(reply: UsageReply) -> Iterator[str]:
    total = reply.total
    if when := _when(reply.since, reply.until):
        yield f"local days{when}"
    if total.unpriced:
        yield f"! the money of {_many(total.unpriced, 'request')} is unknown: no price was known for the model"
    if total.estimated:
        yield f"~ a part of {_many(total.estimated, 'request')} is reckoned, because a stream was cut or broke off"
    if reply.unattributed.tokens:
        yield f"unattributed: {reply.unattributed.share:.1%} of the tokens name no {reply.by}"
    if reply.runs is not None and reply.runs.runs:
        yield _runs(reply.runs)
    if reply.runs is not None and reply.runs.controller_reports:
        yield _controllers(reply.runs)


def _runs(found: RunsBilled) -> str:
    judged = ", ".join(f"{count} {name}" for name, count in sorted(found.judged.items()))
    said = f"{_many(found.runs, 'run')}: verdict {judged}"
    said += "" if found.verification_usd == 0 else f"; verification {money(found.verification_usd)}"
    again = f"; work done again {times(found.again)} for {money(found.redone_usd)}" if found.again else ""
    return said + again + (f"; {found.escalations} attempts on another route" if found.escalations else "")


def _controllers(told: RunsBilled) -> str:
    """What they report; a report that leaves one of the two out is counted beside what is known."""
    used = _known(tokens(told.controller_known_tokens), told.controller_uncounted, told.controller_reports)
    usd = _known(money(told.controller_known_usd), told.controller_unpriced, told.controller_reports)
    return f"controllers report {used} tokens, {usd} of their own ({_many(told.controller_reports, 'report')})"


def _known(said: str, unknown: int, reports: int) -> str:
    """A figure, with the reports that leave it out: `$0.03 + 1 unknown`."""
    return " + ".join([*([said] if unknown < reports else []), *([f"{unknown} unknown"] if unknown else [])])


def _when(since: str | None, until: str | None) -> str:
    if since == until and since is not None:
        return f" on {since}"
    return (f" from {since}" if since else "") + (f" to {until}" if until else "")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _cell(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    text = line(name)
    return f"'{text}" if text.startswith(FORMULA) else text
