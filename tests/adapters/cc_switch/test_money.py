"""CC Switch's prices and what it says was spent."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ccorch.adapters.cc_switch.switch import CcSwitch, Spend
from ccorch.rules.pricing import find
from ccorch.schema.price import ModelPrice
from tests.adapters.cc_switch.fixtures import SCHEMAS, folder, put, store

TABLE = {
    "glm-5.1": ("1.4", "4.4", "0.26", "0"),
    "kimi-k3": ("3", "15", "0.30", "0"),
    "bad": ("-1", "1", "0", "0"),
    "worse": ("much", "1", "0", "0"),
}
NOON = datetime(2026, 8, 18, 12).astimezone()


def switch(home: Path) -> CcSwitch:
    return CcSwitch({"HOME": str(home)}, now=NOON.timestamp)


def overlay(place: Path, **content: Any) -> None:
    (place / "model-pricing.json").write_text(json.dumps({"version": 1, **content}))


def entry(model: str, price: str, **more: Any) -> dict[str, Any]:
    return {
        "modelId": model,
        "displayName": model,
        "inputCostPerMillion": price,
        "outputCostPerMillion": "2",
        **more,
    }


def test_the_table_gives_prices_and_an_impossible_one_is_unknown(tmp_path: Path) -> None:
    folder(tmp_path, prices=TABLE)
    found = switch(tmp_path)

    assert found.prices().models["glm-5.1"] == ModelPrice(input=1.4, output=4.4, cache_read=0.26, cache_write=0)
    assert set(found.prices().models) == {"glm-5.1", "kimi-k3"}
    assert [("'bad'" in one, "input_cost_per_million in model_pricing" in one) for one in found.warnings] == [
        (True, True),
        (False, True),
    ]


def test_the_users_file_lies_over_the_table(tmp_path: Path) -> None:
    place = folder(tmp_path, prices=TABLE)
    overlay(
        place,
        models=[
            entry("glm-5.1", "9", cacheReadCostPerMillion="0.5", cacheCreationCostPerMillion="0.25"),
            entry("own", "0"),
            entry("kimi-k3", "-3"),
            entry("gone", "1"),
            "nonsense",
        ],
        deletedModelIds=["gone", "bad", 7],
        modelsDevSync={"lastSyncAt": int(NOON.timestamp() * 1000)},
    )
    found = switch(tmp_path)

    assert found.prices().models == {
        "glm-5.1": ModelPrice(input=9, output=2, cache_read=0.5, cache_write=0.25),
        "own": ModelPrice(input=0, output=2, cache_read=0, cache_write=0),
    }
    assert found.prices().dated == "2026-08-18"
    assert any("inputCostPerMillion in model-pricing.json" in one for one in found.warnings)


@pytest.mark.parametrize("content", ["{", "[]", '{"models": {}, "deletedModelIds": 3}'])
def test_a_broken_price_file_leaves_the_table(tmp_path: Path, content: str) -> None:
    place = folder(tmp_path, prices={"glm-5.1": TABLE["glm-5.1"]})
    (place / "model-pricing.json").write_text(content)

    assert set(switch(tmp_path).prices().models) == {"glm-5.1"}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_schema_has_a_price_list_though_perhaps_an_empty_one(tmp_path: Path, schema: int) -> None:
    folder(tmp_path, schema=schema, prices=TABLE if schema > 1 else None)

    assert ("glm-5.1" in switch(tmp_path).prices().models) is (schema > 1)


def test_a_marker_does_not_hide_a_price(tmp_path: Path) -> None:
    folder(tmp_path, prices=TABLE)

    price = find(switch(tmp_path).prices(), "glm-5.1[1m]")

    assert price is not None
    assert price.input == 1.4
    assert find(switch(tmp_path).prices(), "kimi-for-coding") is None


def log(database: Any, id: str, provider: str, cost: str, at: datetime, **more: Any) -> None:
    values = {
        "model": "glm-5.1",
        "input_tokens": 10,
        "output_tokens": 5,
        "latency_ms": 900,
        "status_code": 200,
        **more,
    }
    put(
        database,
        "proxy_request_logs",
        request_id=id,
        provider_id=provider,
        app_type="claude",
        total_cost_usd=cost,
        created_at=int(at.timestamp()),
        **values,
    )


@pytest.mark.parametrize("schema", [16, 17, 18, 99])
def test_spend_adds_requests_and_rollups_once(tmp_path: Path, schema: int) -> None:
    (tmp_path / ".cc-switch").mkdir()
    with store(tmp_path / ".cc-switch", schema) as database:
        log(database, "1", "glm", "0.1", NOON)
        log(database, "2", "glm", "0.2", NOON - timedelta(days=1))
        log(database, "3", "glm", "4", NOON - timedelta(days=30))
        log(database, "4", "kimi", "8", NOON)
        # the same request as the first one, seen again in the session log
        log(database, "5", "glm", "0.1", NOON + timedelta(seconds=500), data_source="session_log")
        log(database, "6", "glm", "16", NOON, data_source="session_log", output_tokens=6)
        for day, cost in (("2026-08-01", "0.3"), ("2026-07-31", "32")):
            put(
                database,
                "usage_daily_rollups",
                date=day,
                app_type="claude",
                provider_id="glm",
                model="glm-5.1",
                total_cost_usd=cost,
            )

    assert switch(tmp_path).spend("glm") == Spend(today=Decimal("16.1"), month=Decimal("16.6"))
    assert switch(tmp_path).spend("nobody") == Spend(today=Decimal(0), month=Decimal(0))


def test_spend_is_unknown_where_nothing_is_recorded(tmp_path: Path) -> None:
    assert switch(tmp_path).spend("glm") is None
    folder(tmp_path, schema=1)

    assert switch(tmp_path).spend("glm") is None


def test_schemas_before_session_logs_have_spend(tmp_path: Path) -> None:
    (tmp_path / ".cc-switch").mkdir()
    with store(tmp_path / ".cc-switch", 5) as database:
        log(database, "1", "glm", "0.1", NOON)

    assert switch(tmp_path).spend("glm") == Spend(today=Decimal("0.1"), month=Decimal("0.1"))
