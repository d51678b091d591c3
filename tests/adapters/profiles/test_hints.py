"""What is known of profiles today, and of all sources together."""

from datetime import datetime
from functools import cache
from pathlib import Path

from ccorch.adapters.cc_switch.switch import CcSwitch
from ccorch.adapters.profiles import ProfileFiles
from ccorch.rules.marks import check_mark
from ccorch.schema.experience import ProfileCheck
from ccorch.schema.profile import NativeProfile, ProfileModels, Profiles, SecretRef
from tests.adapters.cc_switch.fixtures import GLM, NOW, SIX, Provider, fill, folder, put, store, third_party
from tests.adapters.profiles.kit import CANARY, settings, sources
from tests.effort import effort
from tests.fakes.clock import FakeClock
from tests.fakes.records import MemoryRecords


def caller(home: Path, records: MemoryRecords | None = None, **environment: str) -> ProfileFiles:
    whole = {"HOME": str(home), **environment}
    look = cache(lambda: CcSwitch(whole, now=lambda: NOW))
    return ProfileFiles(whole, lambda: "", look, records, FakeClock(NOW))


def test_cc_switchs_spend_limits_health_and_warnings_are_told(tmp_path: Path) -> None:
    place = tmp_path / ".cc-switch"
    place.mkdir()
    with store(place, 17) as database:
        fill(database, SIX)
        put(
            database,
            "proxy_request_logs",
            **{"request_id": "1", "provider_id": "glm", "app_type": "claude", "model": "glm-5.1"},
            **{"total_cost_usd": "0.25", "created_at": int(NOW) - 1, "latency_ms": 9, "status_code": 200},
        )
        put(
            database,
            "provider_health",
            **{"provider_id": "glm", "app_type": "claude", "is_healthy": 1, "consecutive_failures": 0},
            updated_at=datetime.fromtimestamp(NOW - 120).astimezone().isoformat(),
        )

    told = caller(tmp_path).hints(sources(ccswitch=True))

    assert told["glm"].health == "seen by CC Switch's proxy 2 min ago: operational"
    assert (told["glm"].spent_today_usd, told["glm"].spent_month_usd, told["kimi"].spent_month_usd) == (
        0.25,
        0.25,
        0.0,
    )
    assert told["glm"].limit_daily_usd == 2.5
    assert CANARY not in repr(told)


def test_the_last_check_is_told_and_its_findings_applied_where_the_source_cannot_say_so(tmp_path: Path) -> None:
    settings(tmp_path / "mine.json")
    records = MemoryRecords()
    house, wanted = caller(tmp_path, records), sources(settings=("~/mine.json",))
    (mine,) = house.all(wanted)
    found = ProfileCheck(at=NOW - 7_200, profile=mine.key, fingerprint=check_mark(mine), model="m", ok=True)
    records.add(found.model_copy(update={"seconds": 1.4, "capabilities_off": ("effort",)}))

    (taught,) = house.all(wanted)
    assert taught.capabilities_off == ("effort",)
    assert house.hints(wanted)[mine.key].health == "checked 2 h ago: ok, 1.4s"

    settings(tmp_path / "mine.json", "https://elsewhere.invalid")
    assert house.all(wanted)[0].capabilities_off == ()
    assert house.hints(wanted) == {}


def test_what_could_not_be_read_is_told(tmp_path: Path) -> None:
    folder(tmp_path, (*SIX, Provider("bad", "Broken", "{")), schema=99)

    notes = caller(tmp_path).notes(sources(ccswitch=True))

    assert any("99" in note for note in notes)
    assert caller(tmp_path).notes(sources()) == ()


def test_profiles_of_one_name_have_keys_of_their_own(tmp_path: Path) -> None:
    folder(tmp_path, (Provider("env", "router", third_party("x", "https://x.invalid")),))
    settings(tmp_path / "env.json")
    (tmp_path / ".claude-code-router").mkdir()
    (tmp_path / ".claude-code-router/config.json").write_text('{"Router": {"default": "a,b"}}')
    spec = NativeProfile(base_url="http://x", auth=SecretRef(env="KEY"), models=ProfileModels())
    named = {"settings": ("~/env.json",), "native": {"env": spec, "scripted": spec, "router": spec, "own": spec}}

    found = caller(tmp_path, ANTHROPIC_API_KEY=CANARY).all(Profiles(**named))

    keys = [profile.key for profile in found]
    assert len(set(keys)) == len(keys)
    assert {"scripted:scripted", "env:env", "router:router", "native:router", "own"} <= set(keys)


def test_a_thousand_profiles_are_listed_with_their_hints_at_once(tmp_path: Path) -> None:
    rows = [
        Provider(f"p{n}", f"供应商 {n} 🎉", third_party(f"p{n}", f"https://{n}.invalid", ANTHROPIC_MODEL="glm-5.1"))
        for n in range(1000)
    ]
    place = tmp_path / ".cc-switch"
    place.mkdir()
    with store(place, 17) as database:
        fill(database, (GLM, *rows))
        for n in range(2000):
            put(
                database,
                "proxy_request_logs",
                **{"request_id": str(n), "provider_id": f"p{n % 1000}", "app_type": "claude", "model": "glm-5.1"},
                **{"total_cost_usd": "0.01", "created_at": int(NOW) - 60, "latency_ms": 9, "status_code": 200},
            )
    caller(tmp_path).hints(sources(ccswitch=True))  # imports and caches of the file system

    def listed() -> None:
        house = caller(tmp_path)
        assert len(house.all(Profiles())) == 1002
        assert house.hints(sources(ccswitch=True))["p1"].spent_today_usd == 0.02

    assert effort(listed, enough=0.2) < 0.2
