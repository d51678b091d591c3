"""CC Switch's price list: its table, with the user's file laid over it."""

import os
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ccorch.adapters.cc_switch.database import select
from ccorch.adapters.cc_switch.home import read_object
from ccorch.rules.cc_switch_money import amount
from ccorch.schema.price import ModelPrice, Prices

NAME = "model-pricing.json"
TABLE = "model_pricing"
PARTS = {"input": "input", "output": "output", "cache_read": "cache_read", "cache_write": "cache_creation"}
"""Our name of a price and CC Switch's."""

PriceRows = list[dict[str, Any]]
"""Rows of the table by the names of its columns."""


def table(database: sqlite3.Connection) -> PriceRows:
    """The rows of the table."""
    return select(database, TABLE, ("model_id", *(f"{part}_cost_per_million" for part in PARTS.values())))


def prices(rows: PriceRows, overlay: Path, database: Path) -> tuple[Prices, tuple[str, ...]]:
    """The prices that hold, dated by when the list was last synced or touched; impossible ones are left out."""
    models: dict[str, ModelPrice] = {}
    warnings: list[str] = []
    for row in rows:
        _put(models, warnings, TABLE, row["model_id"], row, "{}_cost_per_million")
    content, problem = read_object(overlay)
    warnings += [problem] if problem else []
    content = content or {}
    for row in _many(content.get("models")):
        if isinstance(row, dict):
            _put(models, warnings, overlay.name, row.get("modelId"), row, "{}CostPerMillion")
    for gone in _many(content.get("deletedModelIds")):
        if isinstance(gone, str):
            models.pop(gone, None)
    return Prices(dated=_dated(content, overlay, database), models=models), tuple(warnings)


def _put(
    models: dict[str, ModelPrice],
    warnings: list[str],
    place: str,
    model: object,
    row: Mapping[str, Any],
    spelled: str,
) -> None:
    """One model's price, in place of an earlier one; an impossible one makes the price unknown, not 0."""
    if not isinstance(model, str) or not model.strip():
        return
    models.pop(model, None)
    found: dict[str, float] = {}
    for ours, theirs in PARTS.items():
        field = spelled.format(theirs if "_" in spelled else _camel(theirs))
        # both eras give the prices of cached tokens the default 0
        number = amount("0" if row.get(field) is None and ours.startswith("cache") else row.get(field))
        if number is None:
            warnings.append(
                f"the price of {model[:80]!r} is unknown: {field} in {place} is not a number of at least 0"
            )
            return
        found[ours] = float(number)
    models[model] = ModelPrice(**found)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _many(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dated(content: Mapping[str, Any], *files: Path) -> str:
    """The day of the last sync, else on which the first of the files that exist was written."""
    sync = content.get("modelsDevSync")
    synced = sync.get("lastSyncAt") if isinstance(sync, dict) else None
    if isinstance(synced, int | float) and 0 < synced < 10**13:
        return _day(synced / 1000 if synced > 10**11 else synced)
    return next((_day(file.stat().st_mtime) for file in files if os.path.exists(file)), _day(0))


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
