"""From any schema's tables to providers and what applies to them all, by the columns that are there."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ccorch.adapters.cc_switch.database import Unreadable, columns, select, version
from ccorch.rules.cc_switch import Health, Row, worth_telling
from ccorch.rules.cc_switch_settings import Settings, read_json

APP = "claude"
NEWEST = 18
"""Newest schema of which anything is known."""
NEEDED = ("id", "app_type", "name", "settings_config")
FIELDS = ("id", "name", "settings_config", "category", "created_at", "sort_index", "meta", "is_current")


@dataclass(frozen=True)
class Store:
    """What one of CC Switch's eras holds about Claude."""

    rows: tuple[Row, ...]
    ids: frozenset[str]
    """Every provider, also those that cannot be read."""
    current: tuple[str, ...] = ()
    """Ids that are flagged as current."""
    snippet: Settings | None = field(default=None, repr=False)
    multiplier: object = None
    priced_by: object = None
    health: Mapping[str, Health] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def store(database: sqlite3.Connection, now: float) -> Store:
    """Everything that profiles are made of."""
    missing = [name for name in NEEDED if name not in columns(database, "providers")]
    if missing:
        lacks = "table providers" if len(missing) == len(NEEDED) else f"column providers.{missing[0]}"
        raise Unreadable(f"this database is not CC Switch's: it has no {lacks}")
    found = select(database, "providers", FIELDS, by={"app_type": APP})
    rows, broken = rows_of(found)
    text = next((row["value"] for row in select(database, "settings", ("value",), by={"key": _SNIPPET})), None)
    snippet, bad_snippet = snippet_of(text)
    proxy = next(iter(select(database, "proxy_config", _PROXY, by={"app_type": APP})), dict.fromkeys(_PROXY))
    return Store(
        rows=rows,
        ids=frozenset(str(row["id"]) for row in found),
        current=tuple(str(row["id"]) for row in found if _flag(row["is_current"])),
        snippet=snippet,
        multiplier=proxy["default_cost_multiplier"],
        priced_by=proxy["pricing_model_source"],
        health=_health(database, now),
        warnings=(*_newer(version(database)), *bad_snippet, *broken),
    )


def rows_of(found: Iterable[Mapping[str, Any]]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Providers, and a warning for each that cannot be read; nothing of its content is said."""
    rows, broken = [], []
    for one in found:
        name, id = _clean(one["name"]), _clean(one["id"])
        try:
            settings, meta = _json(one["settings_config"]), _json(one["meta"] or "{}")
        except ValueError:
            broken.append(f"provider {name!r} (id {id!r}) is left out: its stored JSON is broken; save it again")
            continue
        rows.append(
            Row(
                id=id,
                name=name,
                settings=settings,
                meta=meta if isinstance(meta, dict) else {},
                category=one["category"] if isinstance(one["category"], str) else None,
                created_at=_whole(one["created_at"]),
                sort_index=_whole(one["sort_index"]),
            )
        )
    return tuple(rows), tuple(broken)


def snippet_of(text: object) -> tuple[Settings | None, tuple[str, ...]]:
    """The common snippet; one that is no JSON object is skipped with a warning, as CC Switch does."""
    if text is None or (isinstance(text, str) and not text.strip()):
        return None, ()
    try:
        snippet = _json(text)
    except ValueError:
        snippet = None
    if isinstance(snippet, dict):
        return snippet, ()
    return None, ("CC Switch's common config for Claude is not a JSON object and is not applied",)


_SNIPPET = "common_config_claude"
_PROXY = ("default_cost_multiplier", "pricing_model_source")
_TRAFFIC = ("provider_id", "is_healthy", "consecutive_failures", "updated_at")
_PROBE = ("provider_id", "status", "response_time_ms", "http_status", "tested_at")


def _newer(found: int) -> tuple[str, ...]:
    if found <= NEWEST:
        return ()
    return (f"CC Switch's database has schema {found}, newer than {NEWEST}; it is read by the columns it has",)


def _health(database: sqlite3.Connection, now: float) -> dict[str, Health]:
    """The newest probe of each provider, or its fresh traffic."""
    told: dict[str, Health] = {}
    for one in select(database, "stream_check_logs", _PROBE, by={"app_type": APP}):
        found, at = str(one["provider_id"]), _whole(one["tested_at"])
        if at is None or one["status"] not in ("operational", "degraded", "failed"):
            continue
        if found not in told or told[found].at < at:
            response, status = _whole(one["response_time_ms"]), _whole(one["http_status"])
            told[found] = Health("probe", one["status"], float(at), response_ms=response, http_status=status)
    for one in select(database, "provider_health", _TRAFFIC, by={"app_type": APP}):
        if health := worth_telling(_traffic(one), now):
            told[str(one["provider_id"])] = health
    return told


def _traffic(one: Mapping[str, Any]) -> Health | None:
    at = _moment(one["updated_at"])
    if at is None:
        return None
    failures = _whole(one["consecutive_failures"]) or 0
    state = "failed" if not _flag(one["is_healthy"]) else "degraded" if failures else "operational"
    return Health("traffic", state, at, failures=failures)  # type: ignore[arg-type]


def _moment(text: object) -> float | None:
    """Seconds of an RFC 3339 time; one without a zone is UTC, as SQLite writes it."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _json(value: object) -> Any:
    if isinstance(value, bytes):
        value = value.decode("utf-8")
    if not isinstance(value, str):
        raise ValueError("not text")
    return read_json(value)


def _clean(value: object) -> str:
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _whole(value: object) -> int | None:
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def _flag(value: object) -> bool:
    return value in (1, True, "1", "true")
