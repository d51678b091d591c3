"""What CC Switch has logged of requests for Claude, each once; and the older days of which it keeps sums only."""

import sqlite3
from collections.abc import Sequence

from ccorch.adapters.cc_switch.database import columns
from ccorch.adapters.cc_switch.rows import APP
from ccorch.adapters.cc_switch.spend import NANO, PROXIED
from ccorch.rules.reconcile import Logged, SwitchLog
from ccorch.schema.ledger import Usage

TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
MOST = 10**12


def logged(database: sqlite3.Connection, since: float, until: float, days: tuple[str, str]) -> SwitchLog | None:
    """Everything between these moments, rolled-up days as dates; null when this schema logs nothing."""
    have = columns(database, "proxy_request_logs")
    if not have:
        return None
    session = "session_id" if "session_id" in have else "NULL"
    once = _ONCE if "data_source" in have else "1"
    rows = database.execute(
        f"""SELECT created_at, provider_id, {session}, model, {", ".join(TOKENS)}, {NANO}
        FROM proxy_request_logs AS entry
        WHERE app_type = ? AND created_at >= ? AND created_at < ? AND {once} ORDER BY created_at, rowid""",
        (APP, int(since), int(until)),
    )
    found = tuple(one for row in rows if (one := _logged(row)).usage.tokens)
    return SwitchLog(found, tuple(_rolled(database, days)))


def _rolled(database: sqlite3.Connection, days: tuple[str, str]) -> list[tuple[str, int, int]]:
    if not columns(database, "usage_daily_rollups"):
        return []
    asked = f"""SELECT provider_id, sum(request_count), sum({NANO}) FROM usage_daily_rollups
        WHERE app_type = ? AND date BETWEEN ? AND ? GROUP BY provider_id"""
    return [(str(name), _count(count), int(nano)) for name, count, nano in database.execute(asked, (APP, *days))]


def _logged(row: Sequence[object]) -> Logged:
    at, provider, session, model, *counts, nano = row
    input, output, read, written = map(_count, counts)
    return Logged(
        at=float(_count(at)),
        provider=str(provider),
        session=str(session or ""),
        model=str(model),
        usage=Usage(input=input, output=output, cache_read=read, cache_write=written),
        nano_usd=_count(nano, most=10**15),
    )


def _count(value: object, most: int = MOST) -> int:
    """A count as it is stored; what is none counts as nothing."""
    return value if isinstance(value, int) and 0 <= value <= most else 0


_ONCE = f"NOT (entry.data_source = 'session_log' AND {PROXIED})"
