"""Every shipped schema, and the JSON era, read as CC Switch itself reads them."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from ccorch.adapters.cc_switch.switch import CcSwitch
from ccorch.errors import ProfileUnusable
from ccorch.rules.cc_switch import SwitchProfile
from ccorch.schema.profile import ProfileModels
from tests.adapters.cc_switch.fixtures import (
    AGGREGATOR,
    CANARY,
    GLM,
    KIMI,
    NOW,
    OFFICIAL,
    SCHEMAS,
    SIX,
    Provider,
    folder,
    json_era,
    put,
    store,
    third_party,
    traces,
)


def switch(home: Path, **options: Any) -> CcSwitch:
    return CcSwitch({"HOME": str(home)}, now=lambda: NOW, wait=0.1, **options)


def by_id(found: CcSwitch) -> dict[str, SwitchProfile]:
    return {profile.id: profile for profile in found.profiles()}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_database_of_any_schema_reads_the_same(tmp_path: Path, schema: int) -> None:
    place = folder(tmp_path, schema=schema)
    before = traces(place)

    found = switch(tmp_path)
    profiles = found.profiles()

    assert [profile.id for profile in profiles] == [one.id for one in SIX]
    assert [profile.id for profile in profiles if profile.current] == ["glm"]
    assert [profile.id for profile in profiles if profile.refused] == ["nvidia", "copilot"]
    assert [profile.kind for profile in profiles[:4]] == ["subscription", "api_key", "api_key", "api_key"]
    assert bool(found.warnings) is (schema == 99)
    assert traces(place) == before


def test_the_json_era_reads_the_same_as_the_database(tmp_path: Path) -> None:
    folder(tmp_path / "new")
    place = json_era(tmp_path / "old")
    before = traces(place)

    old = switch(tmp_path / "old")
    strip = {"config_dir": None}
    assert [vars(one) | strip for one in old.profiles()] == [
        vars(one) | strip for one in switch(tmp_path / "new").profiles()
    ]
    assert (old.problem, old.warnings, traces(place)) == (None, (), before)


def test_the_first_json_format_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / ".cc-switch").mkdir()
    old = {"providers": {"a": {"name": "A", "settingsConfig": {"env": {"ANTHROPIC_AUTH_TOKEN": CANARY}}}}}
    (tmp_path / ".cc-switch/config.json").write_text(json.dumps(old | {"current": "a"}))

    found = switch(tmp_path)

    assert (found.profiles(), found.installed) == ((), True)
    assert "start a CC Switch of 3.2 to 3.7" in str(found.problem)


def test_a_provider_shows_what_a_worker_will_get(tmp_path: Path) -> None:
    folder(tmp_path)
    found = switch(tmp_path)
    glm = by_id(found)["glm"]

    assert (glm.base_url, glm.auth_header) == ("https://open.bigmodel.cn/api/anthropic", "bearer")
    assert glm.models.tiers() == ProfileModels(strong="glm-5.1", balanced="glm-5.1", fast="glm-5.1")
    assert dict(glm.env) == {"API_TIMEOUT_MS": "3000000"}
    assert (glm.multiplier, glm.limit_daily_usd, glm.limit_monthly_usd) == (0.5, 2.5, None)
    assert by_id(found)["hub"].auth_header == "x-api-key"


def test_the_devices_own_choice_is_the_current_one(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "settings.json").write_text(json.dumps({"currentProviderClaude": "kimi", "x": CANARY}))

    assert [one.id for one in switch(tmp_path).profiles() if one.current] == ["kimi"]


def test_a_choice_that_is_gone_falls_back_to_the_flag(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "settings.json").write_text(json.dumps({"currentProviderClaude": "deleted"}))

    assert [one.id for one in switch(tmp_path).profiles() if one.current] == ["glm"]


def test_an_official_login_keeps_its_own_config_directory(tmp_path: Path) -> None:
    place = folder(tmp_path)
    assert by_id(switch(tmp_path))["claude-official"].config_dir == str(tmp_path / ".claude")

    (place / "settings.json").write_text(json.dumps({"claudeConfigDir": "~/elsewhere"}))
    official = by_id(switch(tmp_path))["claude-official"]

    assert (official.kind, official.config_dir) == ("subscription", str(tmp_path / "elsewhere"))
    assert official.models.tiers() == ProfileModels(strong="opus", balanced="sonnet", fast="haiku")


def test_broken_device_settings_are_named_and_ignored(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "settings.json").write_text(f'{{"webdavSync": {{"password": "{CANARY}"')

    found = switch(tmp_path)

    assert len(found.profiles()) == 6
    assert len(found.warnings) == 1
    assert "settings.json" in found.warnings[0]


BROKEN = (f'{{"env": {{"ANTHROPIC_AUTH_TOKEN": "{CANARY}"', "[" * 100_000, '{"env": NaN}', '{"model": "\\ud83e"}')


@pytest.mark.parametrize(
    ("where", "broken"), [("settings", ""), *((w, b) for w in ("settings", "meta") for b in BROKEN)]
)
def test_a_broken_row_is_skipped_and_named(tmp_path: Path, broken: str, where: str) -> None:
    settings: Any = {"settings": broken} if where == "settings" else {"meta": broken}
    folder(tmp_path, (GLM, Provider("bad", "Bad 智谱", **settings)))

    found = switch(tmp_path)

    assert [one.id for one in found.profiles()] == ["glm"]
    assert len(found.warnings) == 1
    assert "'Bad 智谱' (id 'bad')" in found.warnings[0]


@pytest.mark.parametrize("settings", ["null", "[]", '"text"', '{"env": []}'])
def test_settings_that_are_no_object_are_refused(tmp_path: Path, settings: str) -> None:
    folder(tmp_path, (Provider("odd", "Odd", settings),))

    assert "not a JSON object" in str(by_id(switch(tmp_path))["odd"].refused)


def test_the_common_snippet_of_the_database_is_applied(tmp_path: Path) -> None:
    flagged = Provider("on", "On", third_party("on", "https://a.example"), {"commonConfigEnabled": True})
    folder(tmp_path, (flagged, KIMI), snippet={"env": {"API_TIMEOUT_MS": "9"}})

    assert dict(by_id(switch(tmp_path))["on"].env) == {"API_TIMEOUT_MS": "9"}
    assert "API_TIMEOUT_MS" not in by_id(switch(tmp_path))["kimi"].env


@pytest.mark.parametrize("snippet", ["{", "[]", "7"])
def test_a_broken_snippet_is_named_and_skipped(tmp_path: Path, snippet: str) -> None:
    flagged = Provider("on", "On", third_party("on", "https://a.example"), {"commonConfigEnabled": True})
    folder(tmp_path, (flagged,), snippet=snippet)

    found = switch(tmp_path)

    assert by_id(found)["on"].refused is None
    assert found.warnings == ("CC Switch's common config for Claude is not a JSON object and is not applied",)


def test_the_default_multiplier_applies_where_the_provider_has_none(tmp_path: Path) -> None:
    folder(tmp_path, multiplier="1.25")
    assert {one.id: one.multiplier for one in switch(tmp_path).profiles()}["glm"] == 0.5
    assert by_id(switch(tmp_path))["kimi"].multiplier == 1.25


@pytest.mark.parametrize("multiplier", ["-1", "NaN", "free", "1e400"])
def test_an_impossible_default_multiplier_refuses_with_its_place(tmp_path: Path, multiplier: str) -> None:
    folder(tmp_path, multiplier=multiplier)
    kimi = by_id(switch(tmp_path))["kimi"]

    assert kimi.multiplier is None
    assert "proxy_config.default_cost_multiplier" in str(kimi.refused)


def test_health_is_told_while_it_is_fresh(tmp_path: Path) -> None:
    place = tmp_path / ".cc-switch"
    place.mkdir()
    with store(place, 17) as database:
        for one in (GLM, KIMI, AGGREGATOR):
            put(
                database,
                "providers",
                id=one.id,
                app_type="claude",
                name=one.name,
                settings_config=json.dumps(one.settings),
            )
        for id, age in (("glm", 60), ("kimi", 3600)):
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW - age))
            put(
                database,
                "provider_health",
                provider_id=id,
                app_type="claude",
                is_healthy=0,
                consecutive_failures=4,
                last_error=CANARY,
                updated_at=moment,
            )
        for id, status, at in (("kimi", "degraded", NOW - 90), ("kimi", "failed", NOW - 900)):
            put(
                database,
                "stream_check_logs",
                provider_id=id,
                provider_name=id,
                app_type="claude",
                status=status,
                success=1,
                message=CANARY,
                response_time_ms=1200,
                http_status=200,
                tested_at=int(at),
            )
    told = {id: one.health for id, one in by_id(switch(tmp_path)).items()}

    assert told["glm"] is not None
    assert (told["glm"].source, told["glm"].state, told["glm"].failures) == ("traffic", "failed", 4)
    assert told["kimi"] is not None
    assert (told["kimi"].source, told["kimi"].state, told["kimi"].response_ms) == ("probe", "degraded", 1200)
    assert told["hub"] is None


def test_a_credential_is_given_for_a_launchable_key_profile_only(tmp_path: Path) -> None:
    folder(tmp_path)
    found = switch(tmp_path)

    assert found.secret("glm") == f"{CANARY}-glm"
    assert found.secret("hub", base_url="https://aihubmix.com/") == f"{CANARY}-hub"
    for id, reason in (("claude-official", "login"), ("copilot", "GitHub Copilot"), ("none", "no longer")):
        with pytest.raises(ProfileUnusable, match=reason) as refused:
            found.secret(id)
        assert CANARY not in repr(refused.value) + str(refused.value.as_data())


def test_a_credential_follows_the_file_and_never_goes_to_another_host(tmp_path: Path) -> None:
    place = folder(tmp_path)
    found = switch(tmp_path)
    assert found.profiles()
    (place / "cc-switch.db").unlink()
    moved = Provider("glm", "GLM", third_party("glm", "https://other.example", token=f"{CANARY}-new"))
    folder(tmp_path, (moved,))

    assert found.secret("glm") == f"{CANARY}-new"
    with pytest.raises(ProfileUnusable, match=r"now leads to https://other\.example"):
        found.secret("glm", base_url="https://open.bigmodel.cn/api/anthropic")


def test_names_of_any_kind_are_read(tmp_path: Path) -> None:
    names = ("智谱", "my 'quoted' \"one\"", "🚀 fast", "with  spaces ", "Ünïcode")
    folder(
        tmp_path, [Provider(f"id{n}", name, third_party("x", "https://a.example")) for n, name in enumerate(names)]
    )

    found = {profile.id: profile.name for profile in switch(tmp_path).profiles()}
    assert found == {f"id{number}": name for number, name in enumerate(names)}


@pytest.mark.parametrize("make", [folder, json_era])
def test_no_secret_is_in_anything_that_can_be_printed(tmp_path: Path, make: Any) -> None:
    bad = (
        Provider("in-url", "In URL", third_party("u", f"https://user:{CANARY}@h.example")),
        Provider("query", "Query", third_party("q", f"https://h.example/?key={CANARY}")),
        Provider("headers", "Headers", third_party("h", "https://h.example", ANTHROPIC_CUSTOM_HEADERS=CANARY)),
        Provider("root", "Root", {"apiKey": CANARY, "env": {"CLAUDE_CODE_USE_BEDROCK": "1"}}),
        Provider("spaces", "Spaces", third_party("s", "https://h.example", token=f"{CANARY} x")),
        Provider(
            "helper", "Helper", {"apiKeyHelper": f"echo {CANARY}", "env": {"ANTHROPIC_BASE_URL": "https://h"}}
        ),
    )
    make(tmp_path, (*SIX, *bad))
    found = switch(tmp_path)
    said = [
        repr(found),
        repr(found.warnings),
        str(found.problem),
        repr(vars(found).get("_look")),
        repr(found.prices()),
    ]
    for profile in found.profiles():
        said += [repr(profile), str(vars(profile))]

    assert CANARY not in "\n".join(said)
    assert len(found.profiles()) == 12


def test_both_eras_together_mean_the_database(tmp_path: Path) -> None:
    json_era(tmp_path, (KIMI,))
    folder(tmp_path, (OFFICIAL,))

    assert list(by_id(switch(tmp_path))) == ["claude-official"]
