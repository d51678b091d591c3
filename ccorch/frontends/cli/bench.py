"""The benchmark suite on the screen: what it would cost, each case as it ends, and what was wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import table, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.amounts import money, span
from ccorch.rules.plain import line
from ccorch.schema.measuring import BenchRequest

if TYPE_CHECKING:
    from ccorch.operations.bench_reply import BenchReply, BenchRow, BenchTotal
    from ccorch.operations.house import House


def run(house: House, request: BenchRequest, screen: Screen, wants_json: bool) -> int:
    """Plan or run the suite; 1 when a case gave no answer that counts, 6 when the time was over."""
    from ccorch.operations.benchmark import bench

    reply = bench(house, request, lambda row: screen.note(_ended(row)))
    if wants_json:
        screen.data(reply.model_dump(mode="json"))
    else:
        screen.show(shown(reply, screen))
    if reply.timed_out:
        return 6
    return 1 if any(row.state == "failed" for row in reply.rows) else 0


def shown(reply: BenchReply, screen: Screen) -> Iterator[str]:
    """The reply as lines."""
    yield from _outcome(reply, screen) if reply.ran else _plan(reply, screen)
    for warning in reply.warnings:
        for text in wrapped(f"! {warning}", screen.width):
            yield screen.styled(text, "yellow")
    if not reply.ran:
        yield "nothing was started; run it with"
        yield f"  {line(reply.command)}"


def _plan(reply: BenchReply, screen: Screen) -> Iterator[str]:
    yield screen.styled(f"suite {reply.suite}", "bold") + f" · {len(reply.rows)} run(s)"
    rows = [(f"{row.profile}/{row.model}", row.case, _at_most(row.worst_usd)) for row in reply.rows]
    yield from _headed(("profile/model", "case", "worst"), rows, screen)
    yield f"worst case in all: {'unknown' if reply.worst_usd is None else money(reply.worst_usd)}"


def _outcome(reply: BenchReply, screen: Screen) -> Iterator[str]:
    yield screen.styled(f"suite {reply.suite}", "bold") + f" · {len(reply.rows)} run(s)"
    rows = [_cells(row) for row in reply.rows]
    heads = ("profile/model", "case", "right", "time", "money", "run", "what was wrong")
    yield from _headed(heads, rows, screen, "what was wrong")
    yield ""
    totals = [_total(total) for total in reply.totals]
    yield from _headed(("profile/model", "right", "cases", "time", "money"), totals, screen)
    if reply.timed_out:
        yield screen.styled("the time was over; what had not ended was stopped", "yellow")


def _headed(heads: Sequence[str], rows: Sequence[Sequence[str]], screen: Screen, gives: str = "") -> Iterator[str]:
    first, *others = table(heads, rows, screen.room, gives, ("run", "time"))
    yield screen.styled(first, "dim")
    yield from others


def _cells(row: BenchRow) -> tuple[str, ...]:
    return (
        f"{row.profile}/{row.model}",
        row.case,
        _share(row.score) if row.state == "answered" else "no answer",
        _time(row.seconds),
        "-" if row.run_id is None else money(row.usd),
        row.run_id or "-",
        row.reason or "-",
    )


def _total(total: BenchTotal) -> tuple[str, ...]:
    return (
        f"{total.profile}/{total.model}",
        _share(total.score),
        str(total.answered),
        _time(total.seconds),
        money(total.usd),
    )


def _ended(row: BenchRow) -> str:
    said = f"right {_share(row.score)}" if row.state == "answered" else "no answer that counts"
    return line(f"{row.case} {row.profile}/{row.model}: {said}{f' ({row.reason})' if row.reason else ''}")


def _at_most(usd: float | None) -> str:
    return "unknown" if usd is None else f"≤ {money(usd)}"


def _share(score: float | None) -> str:
    return "-" if score is None else f"{score:.0%}"


def _time(seconds: float | None) -> str:
    return "-" if seconds is None else span(seconds)
