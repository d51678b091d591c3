"""What CC Switch says a provider has cost today and this month, without counting a request twice."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ccorch.adapters.cc_switch.database import columns, select
from ccorch.adapters.cc_switch.rows import APP
from ccorch.rules.cc_switch_money import amount

WINDOW = 600
"""Seconds around a proxied request within which the session log's entry is the same request."""


@dataclass(frozen=True)
class Spend:
    """US dollars by local day and month, as CC Switch priced them; requests without a price count as 0."""

    today: Decimal
    month: Decimal


def spend(database: sqlite3.Connection, provider: str, now: float) -> Spend | None:
    """Single requests plus what was rolled up of older days; null when this schema records none."""
    if not columns(database, "proxy_request_logs"):
        return None
    day = datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1).replace(tzinfo=None).astimezone()
    return Spend(_since(database, provider, day), _since(database, provider, month))


def _since(database: sqlite3.Connection, provider: str, start: datetime) -> Decimal:
    rolled = (
        row["total_cost_usd"]
        for row in select(
            database,
            "usage_daily_rollups",
            ("total_cost_usd", "date"),
            by={"provider_id": provider, "app_type": APP},
        )
        if str(row["date"]) >= start.date().isoformat()
    )
    total = sum((amount(cost) or Decimal(0) for cost in rolled), Decimal(0))
    return total + _requests(database, provider, start.timestamp())


def _requests(database: sqlite3.Connection, provider: str, start: float) -> Decimal:
    once = _ONCE if "data_source" in columns(database, "proxy_request_logs") else ""
    found = database.execute(
        "SELECT total_cost_usd FROM proxy_request_logs AS entry"
        f" WHERE provider_id = ? AND app_type = ? AND created_at >= ?{once}",
        (provider, APP, int(start)),
    )
    return sum((amount(cost) or Decimal(0) for (cost,) in found), Decimal(0))


_ONCE = f"""
 AND NOT (data_source = 'session_log' AND EXISTS (
  SELECT 1 FROM proxy_request_logs AS proxied
  WHERE coalesce(proxied.data_source, 'proxy') = 'proxy' AND proxied.app_type = entry.app_type
   AND proxied.status_code BETWEEN 200 AND 299
   AND proxied.input_tokens = entry.input_tokens AND proxied.output_tokens = entry.output_tokens
   AND proxied.cache_read_tokens = entry.cache_read_tokens
   AND proxied.cache_creation_tokens = entry.cache_creation_tokens
   AND (lower(proxied.model) = lower(entry.model) OR 'unknown' IN (lower(proxied.model), lower(entry.model)))
   AND proxied.created_at BETWEEN entry.created_at - {WINDOW} AND entry.created_at + {WINDOW}))"""
