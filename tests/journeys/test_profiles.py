"""`ccorch profiles` on a CC Switch database, and checks of real endpoints through a real worker."""

import json
import os
import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.cc_switch.fixtures import (
    CANARY,
    COPILOT,
    GLM,
    KIMI,
    SIX,
    Provider,
    folder,
    put,
    third_party,
    traces,
)
from tests.canaries import TOKEN
from tests.journeys.test_isolation import native, provider
from tests.machine import Machine, Result

READS = '  - tools: [{name: Read, input: {file_path: "word.txt"}}]\n  - text: "{{result}}"\n'
LOOK = ("role.handoff=null", "task=look")


def script(box: Machine, turns: str = READS, more: str = "") -> Path:
    path = box.root / "s.yaml"
    path.write_text(f"# Plays a check.\n{more}default:\n{turns}")
    return path


def checked(box: Machine, name: str = "mine", status: int = 0) -> Any:
    """The check of a profile, with the words that came beside it."""
    result = box.ccorch("profiles", "check", name, "--json")
    assert result.status == status, result
    assert TOKEN not in result.out + result.err
    return json.loads(result.out)


def shown(box: Machine, name: str = "mine") -> Any:
    return box.json("profiles", "show", name)


TIERED = Provider(
    "tiered",
    '智谱 "o\'dd" 🎉',
    third_party(
        "tiered",
        "https://odd.example/v1",
        **{"ANTHROPIC_API_KEY": "", "ANTHROPIC_MODEL": "glm-5.2[1M]", "ANTHROPIC_SMALL_FAST_MODEL": "glm-4.7"},
        **{"ANTHROPIC_DEFAULT_OPUS_MODEL": None, "CLAUDE_CODE_MAX_OUTPUT_TOKENS": 32000, "MY_OWN": f"{CANARY}-own"},
    ),
    {"commonConfigEnabled": True, "pricingModelSource": "request"},
)
"""What CC Switch itself completes: a legacy small model, a null, an empty on purpose, the common snippet."""
SNIPPET = {"env": {"ENABLE_TOOL_SEARCH": "true", "OTHER": f"{CANARY}-snippet"}, "permissions": {"allow": ["Bash"]}}
LISTED = {
    "glm-5.1": ("1.4", "4.4", "0.26", "0"),
    "glm-5.2": ("2", "8", "0", "0"),
    "moonshotai/kimi-k2.5": ("-1", "1", "0", "0"),
}


def todays_database(box: Machine) -> Path:
    """Six kinds of providers and one that needs completing, with prices, defaults and what was spent."""
    place = folder(box.home, (TIERED, *SIX), snippet=SNIPPET, multiplier="1.25", prices=LISTED)
    (place / "settings.json").write_text('{"currentProviderClaude": "kimi"}')
    overlay = {"modelId": "glm-5.2", "inputCostPerMillion": "4", "outputCostPerMillion": "16"}
    (place / "model-pricing.json").write_text(json.dumps({"version": 1, "models": [overlay]}))
    spent = {"provider_id": "glm", "app_type": "claude", "model": "glm-5.1"}
    with closing(sqlite3.connect(place / "cc-switch.db")) as database, database:
        request = {"request_id": "1", "latency_ms": 9, "status_code": 200, "created_at": int(time.time())}
        put(database, "proxy_request_logs", **spent, **request, total_cost_usd="0.25")
        today = datetime.now().astimezone().date().isoformat()
        put(database, "usage_daily_rollups", **spent, date=today, total_cost_usd="0.5")
    return place


def test_a_database_of_today_reads_as_cc_switch_itself_reads_it_and_stays_as_it_is(box: Machine) -> None:
    place = todays_database(box)
    before = traces(place)

    rows = {row["id"]: row for row in box.json("profiles", "--source", "ccswitch")["profiles"]}
    glm, kimi, tiered = (shown(box, one.name) for one in (GLM, KIMI, TIERED))
    said = [box.ccorch("profiles"), *(box.ccorch("profiles", "show", one.name) for one in (COPILOT, TIERED))]

    assert list(rows) == [*(one.id for one in SIX), "tiered"]
    assert [id for id, row in rows.items() if row["current"]] == ["kimi"]
    assert {id: row["host"] for id, row in rows.items() if row["launchable"]} == {
        "glm": "open.bigmodel.cn",
        "kimi": "api.kimi.com",
        "hub": "aihubmix.com",
        "tiered": "odd.example",
    }
    reasons = {id: row["reason"] for id, row in rows.items() if row["reason"]}
    for id, word in (
        ("claude-official", "login"),
        ("nvidia", "openai_chat"),
        ("copilot", "GitHub Copilot account"),
    ):
        assert word in reasons.pop(id)
    assert reasons == {}
    assert [rows[id]["kind"] for id in ("claude-official", "hub")] == ["subscription", "api_key"]
    assert shown(box, "hub")["auth_header"] == "x-api-key"
    assert glm["tuning"] == {"API_TIMEOUT_MS": "3000000"}
    assert set(kimi["tuning"].values()) == {"262144"}
    assert tiered["tuning"] == {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": "32000", "ENABLE_TOOL_SEARCH": "true"}
    assert [one["model"] for one in tiered["models"]] == ["glm-5.2[1M]", "glm-5.2[1M]", "glm-4.7"]
    assert (tiered["endpoint"], tiered["auth_header"]) == ("https://odd.example", "bearer")
    assert [one["multiplier"] for one in (glm, kimi, tiered)] == [0.5, 1.25, 1.25]
    assert [one["priced_by"] for one in (glm, tiered)] == ["response", "request"]
    prices = {id: row["price"] and row["price"]["input"] for id, row in rows.items()}
    assert (prices["glm"], prices["tiered"], prices["kimi"]) == (0.7, 5, None)
    hint = glm["hint"]
    assert (hint["spent_today_usd"], hint["spent_month_usd"], hint["limit_daily_usd"]) == (0.75, 0.75, 2.5)
    assert "not passed to workers: MY_OWN, OTHER" in tiered["hint"]["warnings"]
    assert all(one.status == 0 and CANARY not in one.out + one.err for one in said)
    assert "$0.70/$2.20" in said[0].out
    assert "the price of 'moonshotai/kimi-k2.5' is unknown" in said[0].out
    assert CANARY not in json.dumps([rows, glm, kimi, tiered])
    assert traces(place) == before


def test_a_check_reads_a_word_through_a_real_worker_and_is_kept(box: Machine) -> None:
    with provider(script(box), box.root / "books.ndjson") as url:
        native(box, url)
        begun = time.time()
        found = checked(box)
        took = time.time() - begun

    check = found["check"]
    assert (check["ok"], check["tools"], check["served"]) == (True, True, "scripted-balanced")
    assert check["capabilities_off"] == []
    assert 0 < check["seconds"] < took
    assert found["usd"] > 0
    told = shown(box)
    assert told["checks"] == [check]
    assert "ok" in told["hint"]["health"]
    assert box.json("show", check["run"])["summary"]["nodes"][0]["tools"] == {"Read": 1}
    assert TOKEN not in json.dumps(told)


def test_old_projects_of_checks_go_whatever_lies_among_them(box: Machine) -> None:
    room = box.state / "bench"
    (room / "check-old").mkdir(parents=True)
    (room / "check-gone").symlink_to(box.root / "nowhere")
    os.utime(room / "check-old", (0, 0))

    assert checked(box, "scripted")["check"]["ok"]
    assert not (room / "check-old").exists()


def test_a_room_that_cannot_be_made_is_told(box: Machine) -> None:
    box.state.mkdir(parents=True, exist_ok=True)
    (box.state / "bench").write_text("in the way")

    for words in (("profiles", "check", "scripted"), ("models", "bench", "--profile", "scripted")):
        told = box.ccorch(*words)
        assert told.status != 70
        assert f"cannot write {box.state / 'bench'}" in told.err


def test_a_wrong_key_fails_the_check_and_says_where_to_look(box: Machine) -> None:
    with provider(script(box), box.root / "books.ndjson") as url:
        native(box, url)
        (box.config / "key").write_text("another-key-0123456789")
        (box.config / "key").chmod(0o600)
        result = box.ccorch("profiles", "check", "mine")

    assert result.status == 1, result
    assert "profile mine was refused with 401" in words(result)
    assert f"check its credential: the file {box.config / 'key'}" in words(result)
    assert "another-key" not in result.out + result.err


def test_a_model_that_does_not_call_the_tool_fails_the_check(box: Machine) -> None:
    with provider(script(box, "  - text: I cannot read files\n"), box.root / "books.ndjson") as url:
        native(box, url)
        found = checked(box, status=1)

    assert found["check"]["tools"] is False
    assert "did not call the tool" in found["check"]["reason"]


@pytest.mark.parametrize(
    ("features", "message", "off"),
    [
        (("effort", "adaptive_thinking"), "null", ["effort", "adaptive_thinking"]),
        (("effort", "mid_conv_system"), "bad request", None),
    ],
)
def test_features_that_the_endpoint_refuses_are_found_and_named(
    box: Machine, features: tuple[str, ...], message: str, off: list[str] | None
) -> None:
    refuses = f"refuse_features: [{', '.join(features)}]\nrefuse_message: {message}\n"
    with provider(script(box, more=refuses), box.root / "books.ndjson") as url:
        native(box, url)
        found = checked(box)

    everything = ["effort", "adaptive_thinking", "context_management", "mid_conv_system"]
    assert sorted(found["refused"]) == sorted(off or everything)
    assert found["check"]["capabilities_off"] == found["refused"]
    assert f"capabilities_off: [{', '.join(found['refused'])}]" in found["advice"]


def test_what_a_provider_of_cc_switch_refuses_is_left_out_from_then_on(box: Machine) -> None:
    with provider(script(box, more="refuse_features: [effort]\n"), box.root / "books.ndjson") as url:
        mine = Provider("mine", "mine", third_party("mine", url, TOKEN, ANTHROPIC_MODEL="scripted-balanced"))
        folder(box.home, (mine,))
        before = box.ccorch("run", "profile=mine", *LOOK, "--json")
        found = checked(box)
        after = box.ccorch("run", "profile=mine", *LOOK, "--json")
        again = checked(box)

    assert (before.status, after.status) == (1, 0), (before, after)
    assert found["refused"] == again["refused"] == ["effort"]
    assert found["advice"] is None
    assert shown(box)["capabilities_off"] == ["effort"]


def words(result: Result) -> str:
    return " ".join(result.out.split())
