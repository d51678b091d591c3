"""What CC Switch says its providers have cost today and this month, without counting a request twice."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ccorch.adapters.cc_switch.database import columns
from ccorch.adapters.cc_switch.rows import APP

WINDOW = 600
"""Seconds around a proxied request within which the session log's entry is the same request."""


@dataclass(frozen=True)
class Spend:
    """US dollars by local day and month, as CC Switch priced them; requests without a price count as 0."""

    today: Decimal
    month: Decimal


NOTHING = Spend(Decimal(0), Decimal(0))


def spends(database: sqlite3.Connection, now: float) -> Mapping[str, Spend] | None:
    """By provider: single requests plus what was rolled up of older days; null when this schema records none."""
    logged = columns(database, "proxy_request_logs")
    if not logged:
        return None
    day = datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1).replace(tzinfo=None).astimezone()
    once = _ONCE if "data_source" in logged else "1"
    found = [*database.execute(_REQUESTS.format(once=once), (int(day.timestamp()), APP, int(month.timestamp())))]
    if columns(database, "usage_daily_rollups"):
        found += database.execute(_ROLLED, (day.date().isoformat(), APP, month.date().isoformat()))
    return _added(found)


def _added(found: Iterable[tuple[object, int, int]]) -> dict[str, Spend]:
    told: dict[str, Spend] = {}
    for provider, today, month in found:
        before = told.get(str(provider), NOTHING)
        told[str(provider)] = Spend(before.today + _usd(today), before.month + _usd(month))
    return told


def _usd(nano: int) -> Decimal:
    return Decimal(nano) / 10**9


# in whole nano-dollars, so that sums are exact; what is no amount of money counts as nothing
NANO = """CASE WHEN CAST(total_cost_usd AS REAL) BETWEEN 0 AND 1e6
  THEN CAST(round(CAST(total_cost_usd AS REAL) * 1e9) AS INTEGER) ELSE 0 END"""

_REQUESTS = f"""
 SELECT provider_id, sum(CASE WHEN created_at >= ? THEN {NANO} ELSE 0 END), sum({NANO})
 FROM proxy_request_logs AS entry WHERE app_type = ? AND created_at >= ? AND {{once}} GROUP BY provider_id"""

_ROLLED = f"""
 SELECT provider_id, sum(CASE WHEN date >= ? THEN {NANO} ELSE 0 END), sum({NANO})
 FROM usage_daily_rollups WHERE app_type = ? AND date >= ? GROUP BY provider_id"""

PROXIED = f"""EXISTS (SELECT 1 FROM proxy_request_logs AS proxied
  WHERE coalesce(proxied.data_source, 'proxy') = 'proxy' AND proxied.app_type = entry.app_type
   AND proxied.status_code BETWEEN 200 AND 299
   AND proxied.input_tokens = entry.input_tokens AND proxied.output_tokens = entry.output_tokens
   AND proxied.cache_read_tokens = entry.cache_read_tokens
   AND proxied.cache_creation_tokens = entry.cache_creation_tokens
   AND (lower(proxied.model) = lower(entry.model) OR 'unknown' IN (lower(proxied.model), lower(entry.model)))
   AND proxied.created_at BETWEEN entry.created_at - {WINDOW} AND entry.created_at + {WINDOW})"""
"""Whether a logged entry is the same request as one that went through CC Switch's proxy."""

# `_session` is all of Claude Code's own log and no provider, so it is never compared request by request
_ONCE = f"""
 CASE WHEN provider_id = '_session' THEN 0 WHEN data_source = 'session_log' THEN NOT {PROXIED} ELSE 1 END"""
