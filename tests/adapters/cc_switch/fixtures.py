"""CC Switch folders of every shipped schema, with canaries wherever it keeps a secret."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.canaries import canary

CANARY = canary("sk")
SCHEMAS = (1, 5, 10, 16, 17, 18, 99)
TODAY = Path(__file__).with_name("schema.sql")
NOW = 1_787_000_000.0
"""A Tuesday of August 2026, in seconds."""

_PROVIDERS = {
    "id": "TEXT NOT NULL",
    "app_type": "TEXT NOT NULL",
    "name": "TEXT NOT NULL",
    "settings_config": "TEXT NOT NULL",
    "website_url": "TEXT",
    "category": "TEXT",
    "created_at": "INTEGER",
    "sort_index": "INTEGER",
    "notes": "TEXT",
    "icon": "TEXT",
    "icon_color": "TEXT",
    "meta": "TEXT NOT NULL DEFAULT '{}'",
    "is_current": "BOOLEAN NOT NULL DEFAULT 0",
}
_PROVIDERS_SINCE_2 = {
    "in_failover_queue": "BOOLEAN NOT NULL DEFAULT 0",
    "cost_multiplier": "TEXT NOT NULL DEFAULT '1.0'",
    "limit_daily_usd": "TEXT",
    "limit_monthly_usd": "TEXT",
    "provider_type": "TEXT",
}
_LOGS = {
    "request_id": "TEXT PRIMARY KEY",
    "provider_id": "TEXT NOT NULL",
    "app_type": "TEXT NOT NULL",
    "model": "TEXT NOT NULL",
    "request_model": "TEXT",
    "input_tokens": "INTEGER NOT NULL DEFAULT 0",
    "output_tokens": "INTEGER NOT NULL DEFAULT 0",
    "cache_read_tokens": "INTEGER NOT NULL DEFAULT 0",
    "cache_creation_tokens": "INTEGER NOT NULL DEFAULT 0",
    "total_cost_usd": "TEXT NOT NULL DEFAULT '0'",
    "latency_ms": "INTEGER NOT NULL DEFAULT 0",
    "status_code": "INTEGER NOT NULL DEFAULT 200",
    "error_message": "TEXT",
    "session_id": "TEXT",
    "cost_multiplier": "TEXT NOT NULL DEFAULT '1.0'",
    "created_at": "INTEGER NOT NULL",
}
_ROLLUPS = """CREATE TABLE usage_daily_rollups (date TEXT NOT NULL, app_type TEXT NOT NULL,
 provider_id TEXT NOT NULL, model TEXT NOT NULL, {newer}
 request_count INTEGER NOT NULL DEFAULT 0, success_count INTEGER NOT NULL DEFAULT 0,
 input_tokens INTEGER NOT NULL DEFAULT 0, output_tokens INTEGER NOT NULL DEFAULT 0,
 cache_read_tokens INTEGER NOT NULL DEFAULT 0, cache_creation_tokens INTEGER NOT NULL DEFAULT 0,
 total_cost_usd TEXT NOT NULL DEFAULT '0', avg_latency_ms INTEGER NOT NULL DEFAULT 0,
 PRIMARY KEY (date, app_type, provider_id, model{key}))"""
_SINCE_2 = (
    """CREATE TABLE provider_health (provider_id TEXT NOT NULL, app_type TEXT NOT NULL,
 is_healthy INTEGER NOT NULL DEFAULT 1, consecutive_failures INTEGER NOT NULL DEFAULT 0, last_success_at TEXT,
 last_failure_at TEXT, last_error TEXT, updated_at TEXT NOT NULL, PRIMARY KEY (provider_id, app_type))""",
    """CREATE TABLE model_pricing (model_id TEXT PRIMARY KEY, display_name TEXT NOT NULL,
 input_cost_per_million TEXT NOT NULL, output_cost_per_million TEXT NOT NULL,
 cache_read_cost_per_million TEXT NOT NULL DEFAULT '0',
 cache_creation_cost_per_million TEXT NOT NULL DEFAULT '0')""",
    """CREATE TABLE stream_check_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, provider_id TEXT NOT NULL,
 provider_name TEXT NOT NULL, app_type TEXT NOT NULL, status TEXT NOT NULL, success INTEGER NOT NULL,
 message TEXT NOT NULL, response_time_ms INTEGER, http_status INTEGER, model_used TEXT,
 retry_count INTEGER DEFAULT 0, tested_at INTEGER NOT NULL)""",
)


@dataclass(frozen=True)
class Provider:
    """A row to be stored."""

    id: str
    name: str
    settings: Any = field(default_factory=dict)
    meta: Any = field(default_factory=dict)
    category: str | None = "third_party"
    created_at: int | None = None
    sort_index: int | None = None
    is_current: bool = False
    app_type: str = "claude"


def third_party(id: str, url: str, token: str = "", **env: Any) -> dict[str, Any]:
    """Settings of an endpoint with a bearer token that is a canary."""
    return {"env": {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": token or f"{CANARY}-{id}", **env}}


OFFICIAL = Provider("claude-official", "Claude Official", {"env": {}}, category="official", sort_index=0)
GLM = Provider(
    "glm",
    "Zhipu GLM",
    third_party("glm", "https://open.bigmodel.cn/api/anthropic", ANTHROPIC_MODEL="glm-5.1", API_TIMEOUT_MS=3000000),
    {"costMultiplier": "0.5", "limitDailyUsd": "2.50", "usage_script": {"apiKey": f"{CANARY}-script"}},
    category="cn_official",
    sort_index=1,
    is_current=True,
)
KIMI = Provider(
    "kimi",
    "Kimi For Coding",
    third_party("kimi", "https://api.kimi.com/coding/", ANTHROPIC_MODEL="kimi-for-coding"),
    sort_index=2,
)
AGGREGATOR = Provider(
    "hub",
    "AiHubMix",
    {"env": {"ANTHROPIC_BASE_URL": "https://aihubmix.com", "ANTHROPIC_API_KEY": f"{CANARY}-hub"}},
    category="aggregator",
    sort_index=3,
)
NVIDIA = Provider(
    "nvidia",
    "Nvidia",
    third_party("nvidia", "https://integrate.api.nvidia.com", ANTHROPIC_MODEL="moonshotai/kimi-k2.5"),
    {"apiFormat": "openai_chat"},
    category="aggregator",
    sort_index=4,
)
COPILOT = Provider(
    "copilot",
    "GitHub Copilot",
    {"env": {"ANTHROPIC_BASE_URL": "https://api.githubcopilot.com", "ANTHROPIC_MODEL": "claude-sonnet-5"}},
    {"apiFormat": "openai_chat", "providerType": "github_copilot"},
    sort_index=5,
)
CODEX_APP = Provider("other", "Codex's own", {"auth": {"OPENAI_API_KEY": f"{CANARY}-codex"}}, app_type="codex")
SIX = (OFFICIAL, GLM, KIMI, AGGREGATOR, NVIDIA, COPILOT)


def folder(home: Path, providers: Iterable[Provider] = SIX, schema: int = 17, **more: Any) -> Path:
    """A CC Switch folder with a database of that schema."""
    place = home / ".cc-switch"
    place.mkdir(parents=True, exist_ok=True)
    with store(place, schema) as database:
        fill(database, (*providers, CODEX_APP), **more)
    return place


@contextmanager
def store(place: Path, schema: int) -> Iterator[sqlite3.Connection]:
    """A fresh database with that schema's tables, closed afterwards."""
    with closing(sqlite3.connect(place / "cc-switch.db", isolation_level=None)) as database:
        for statement in ddl(schema):
            database.execute(statement)
        database.execute("BEGIN")
        yield database
        database.execute("COMMIT")


def fill(
    database: sqlite3.Connection,
    providers: Iterable[Provider],
    *,
    snippet: Any = None,
    multiplier: str | None = None,
    prices: Mapping[str, tuple[str, str, str, str]] | None = None,
) -> None:
    """Rows; JSON is dumped unless it is text already."""
    for one in providers:
        settings, meta = (text if isinstance(text, str) else json.dumps(text) for text in (one.settings, one.meta))
        put(
            database,
            "providers",
            id=one.id,
            app_type=one.app_type,
            name=one.name,
            settings_config=settings,
            category=one.category,
            created_at=one.created_at,
            sort_index=one.sort_index,
            meta=meta,
            is_current=one.is_current,
        )
    if snippet is not None:
        text = snippet if isinstance(snippet, str) else json.dumps(snippet)
        put(database, "settings", key="common_config_claude", value=text)
    if multiplier is not None:
        database.execute("INSERT OR IGNORE INTO proxy_config (app_type) VALUES ('claude')")
        database.execute("UPDATE proxy_config SET default_cost_multiplier = ?", (multiplier,))
    for model, (ours, out, read, write) in (prices or {}).items():
        database.execute(
            "INSERT INTO model_pricing VALUES (?, ?, ?, ?, ?, ?)", (model, model, ours, out, read, write)
        )


def put(database: sqlite3.Connection, table: str, **values: Any) -> None:
    """One row."""
    listed, marks = ", ".join(values), ", ".join("?" * len(values))
    database.execute(f"INSERT INTO {table} ({listed}) VALUES ({marks})", tuple(values.values()))


def ddl(schema: int) -> Iterator[str]:
    """The tables as that schema has them: all of today's, of older and unknown ones those that matter."""
    yield f"PRAGMA user_version = {schema}"
    if schema in (17, 18):
        yield from TODAY.read_text().split(";\n")
        return
    newer = _PROVIDERS_SINCE_2 if schema >= 2 else {}
    future = {"region": "TEXT", "tags": "TEXT NOT NULL DEFAULT '[]'"} if schema > 18 else {}
    yield _table("providers", _PROVIDERS | newer | future, "PRIMARY KEY (id, app_type)")
    yield "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT)"
    if schema < 2:
        return
    yield from _SINCE_2
    priced = (
        "default_cost_multiplier TEXT NOT NULL DEFAULT '1', pricing_model_source TEXT NOT NULL DEFAULT 'response',"
    )
    yield f"CREATE TABLE proxy_config (app_type TEXT PRIMARY KEY, {priced if schema >= 5 else ''} enabled INTEGER)"
    logs = dict(_LOGS)
    logs |= {"data_source": "TEXT NOT NULL DEFAULT 'proxy'"} if schema >= 8 else {}
    logs |= {"pricing_model": "TEXT"} if schema >= 11 else {}
    logs |= {"input_token_semantics": "INTEGER NOT NULL DEFAULT 0"} if schema >= 13 else {}
    yield _table("proxy_request_logs", logs)
    if schema >= 6:
        both = schema >= 11
        columns = "request_model TEXT NOT NULL DEFAULT '', pricing_model TEXT NOT NULL DEFAULT ''," if both else ""
        yield _ROLLUPS.format(newer=columns, key=", request_model, pricing_model" if both else "")
    if schema >= 12:
        yield "CREATE TABLE profiles (id TEXT PRIMARY KEY, name TEXT NOT NULL, payload TEXT NOT NULL)"


def json_era(home: Path, providers: Iterable[Provider] = SIX, current: str = "glm", **more: Any) -> Path:
    """A folder of versions 3.0 to 3.7."""
    place = home / ".cc-switch"
    place.mkdir(parents=True, exist_ok=True)
    entries = {
        one.id: {
            "id": one.id,
            "name": one.name,
            "settingsConfig": one.settings,
            "category": one.category,
            "sortIndex": one.sort_index,
            "meta": one.meta,
        }
        for one in providers
    }
    content = {
        "version": 2,
        "claude": {"providers": entries, "current": current},
        "codex": {"providers": {}},
        **more,
    }
    (place / "config.json").write_text(json.dumps(content))
    return place


def traces(place: Path) -> dict[str, tuple[str, int, int]]:
    """Every file below a folder with its content's hash, its time and its mode; and the folder's own time."""
    files = {
        str(path.relative_to(place)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mtime_ns,
            path.stat().st_mode,
        )
        for path in sorted(place.rglob("*"))
    }
    return files | {".": ("", place.stat().st_mtime_ns, place.stat().st_mode)}


def _table(name: str, columns: Mapping[str, str], *constraints: str) -> str:
    parts = [f"{column} {kind}" for column, kind in columns.items()]
    return f"CREATE TABLE {name} ({', '.join((*parts, *constraints))})"
