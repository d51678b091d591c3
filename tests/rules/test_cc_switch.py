"""CC Switch's providers: what Claude Code would be given, which can be launched, and by what name."""

from json import dumps
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.cc_switch import (
    Around,
    Health,
    Reading,
    Row,
    SwitchProfile,
    current_id,
    in_order,
    read,
    worth_telling,
)
from ccorch.rules.cc_switch_money import amount
from ccorch.rules.cc_switch_settings import contains, effective, merged, read_json, texts
from ccorch.schema.profile import ProfileModels

CANARY = "sk-canary-0123456789"
URL = "https://api.example/anthropic"

leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3)
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
)
objects = st.dictionaries(st.text(max_size=2), json_values, max_size=4)


def row(settings: Any = None, meta: Any = None, **more: Any) -> Row:
    return Row(
        **{"id": "a", "name": "A", "settings": {} if settings is None else settings, "meta": meta or {}, **more}
    )


def key(**env: Any) -> dict[str, Any]:
    return {"env": {"ANTHROPIC_BASE_URL": URL, "ANTHROPIC_AUTH_TOKEN": CANARY, **env}}


def reading(settings: Any = None, meta: Any = None, **more: Any) -> Reading:
    return read(row(settings, meta, **more), Around())


def profile(settings: Any = None, meta: Any = None, **more: Any) -> SwitchProfile:
    return reading(settings, meta, **more).profile


def env_of(settings: Any, meta: Any = None, snippet: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = effective(settings, meta or {}, snippet)["env"]
    return found


# effective settings


@given(objects, objects)
def test_whatever_is_merged_in_is_contained(whole: dict[str, Any], part: dict[str, Any]) -> None:
    assert contains(merged(whole, part), part)


@given(objects, objects)
def test_merging_twice_is_merging_once_and_changes_no_input(whole: dict[str, Any], part: dict[str, Any]) -> None:
    before = repr((whole, part))
    once = merged(whole, part)

    assert merged(once, part) == once
    assert repr((whole, part)) == before


@given(objects)
def test_everything_contains_itself_and_nothing(value: dict[str, Any]) -> None:
    assert contains(value, value)
    assert contains(value, {})


def test_lists_and_scalars_are_replaced_and_objects_merged() -> None:
    assert merged({"a": {"x": 1, "y": [1, 2]}, "b": 1}, {"a": {"y": [3]}, "b": {"c": 1}}) == {
        "a": {"x": 1, "y": [3]},
        "b": {"c": 1},
    }


@pytest.mark.parametrize(
    ("whole", "part", "inside"),
    [
        ([1, 2], [2], True),
        ([1], [1, 1], False),
        ([{"a": 1, "b": 2}], [{"a": 1}], True),
        (1, True, False),
        ([], {}, False),
    ],
)
def test_each_item_of_a_list_needs_its_own_counterpart(whole: Any, part: Any, inside: bool) -> None:
    assert contains(whole, part) is inside


@pytest.mark.parametrize(
    ("meta", "applied"),
    [({}, False), ({"commonConfigEnabled": True}, True), ({"commonConfigEnabled": False}, False)],
)
def test_the_snippet_applies_by_flag(meta: dict[str, Any], applied: bool) -> None:
    assert ("X" in env_of(key(), meta, {"env": {"X": "1"}})) is applied


def test_without_a_flag_the_snippet_applies_where_it_already_stands_and_wins() -> None:
    snippet = {"env": {"X": "1"}, "permissions": {"allow": ["Read"]}}
    holds = {**key(X="1"), "permissions": {"allow": ["Bash", "Read"]}}

    assert effective(holds, {}, snippet)["permissions"] == {"allow": ["Read"]}
    assert effective(key(X="2"), {}, snippet).get("permissions") is None


WINDOWS = {"CLAUDE_CODE_MAX_CONTEXT_TOKENS": "262144", "CLAUDE_CODE_AUTO_COMPACT_WINDOW": "262144"}


@pytest.mark.parametrize("url", ["https://api.kimi.com/coding", " https://api.kimi.com/coding// "])
def test_kimi_for_coding_gets_its_window_whatever_the_snippet_says(url: str) -> None:
    snippet = {"env": {"CLAUDE_CODE_AUTO_COMPACT_WINDOW": "5"}}
    found = env_of(key(ANTHROPIC_BASE_URL=url), {"commonConfigEnabled": True}, snippet)

    assert {name: found[name] for name in WINDOWS} == WINDOWS


def test_a_providers_own_window_wins() -> None:
    own = key(ANTHROPIC_BASE_URL="https://api.kimi.com/coding", CLAUDE_CODE_MAX_CONTEXT_TOKENS=7)

    assert env_of(own)["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] == 7
    assert env_of(own)["CLAUDE_CODE_AUTO_COMPACT_WINDOW"] == "262144"


@pytest.mark.parametrize(
    ("models", "window"),
    [
        (("gpt-5.6-sol", "GPT-5.6-luna"), "372000"),
        (("gpt-5.6-sol", "gpt-5.5"), None),
        ((), None),
        (("gpt-5.6", 3), None),
    ],
)
def test_codex_accounts_get_their_window_only_for_their_newest_family(models: tuple[Any, ...], window: Any) -> None:
    names = ("ANTHROPIC_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL")
    settings = {"env": dict(zip(names, models, strict=False))}
    snippet = {"env": {"CLAUDE_CODE_MAX_CONTEXT_TOKENS": "1"}}
    found = env_of(settings, {"providerType": "codex_oauth", "commonConfigEnabled": True}, snippet)

    assert found.get("CLAUDE_CODE_MAX_CONTEXT_TOKENS") == window


def test_tiers_are_filled_as_cc_switch_fills_them() -> None:
    small = env_of({"env": {"ANTHROPIC_MODEL": "m", "ANTHROPIC_SMALL_FAST_MODEL": "s"}})

    assert small == {
        "ANTHROPIC_MODEL": "m",
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": "s",
        "ANTHROPIC_DEFAULT_SONNET_MODEL": "m",
        "ANTHROPIC_DEFAULT_OPUS_MODEL": "m",
    }
    assert env_of({"env": {"ANTHROPIC_SMALL_FAST_MODEL": "s"}})["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "s"
    assert (
        env_of({"env": {"ANTHROPIC_DEFAULT_OPUS_MODEL": "", "ANTHROPIC_MODEL": "m"}})[
            "ANTHROPIC_DEFAULT_OPUS_MODEL"
        ]
        == ""
    )


def test_internal_keys_are_stripped() -> None:
    settings = {
        "api_format": "a",
        "apiFormat": "a",
        "openrouter_compat_mode": 0,
        "openrouterCompatMode": 0,
        "model": "m",
    }

    assert set(effective(settings, {}, None)) == {"env", "model"}


def test_numbers_become_text_nulls_vanish_and_empties_stay() -> None:
    env = {
        "A": 3000000,
        "B": 3e6,
        "C": 0.5,
        "D": True,
        "E": None,
        "F": "",
        "G": [],
        "H": "a\0",
        "I J": "x",
        "K": "\ud800",
    }

    assert texts(env) == (
        {"A": "3000000", "B": "3000000", "C": "0.5", "D": "true", "F": ""},
        ("G", "H", "I J", "K"),
    )


@given(objects, objects, st.none() | objects)
def test_any_settings_make_a_profile_without_a_raw_error(settings: Any, meta: Any, snippet: Any) -> None:
    found = read(row(settings, meta), Around(snippet)).profile

    assert found.refused is None or found.refused


@given(json_values, st.text(" \t\r\n", max_size=3), st.text(" \t\r\n", max_size=3))
def test_json_may_stand_between_blanks(value: Any, before: str, after: str) -> None:
    assert read_json(before + dumps(value) + after) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "{} {}", "{}x", "\x0c{}", "{}\xa0", "\ufeff{}", "[1,]", "NaN", "[" * 100_000, "1" * 5000 + "x"],
)
def test_broken_json_is_a_plain_error_that_quotes_nothing(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not valid JSON$") as refused:
        read_json(text)
    assert (refused.value.__cause__, refused.value.__context__) == (None, None)


# what a profile is


def test_markers_stay_for_the_client() -> None:
    assert profile(key(ANTHROPIC_MODEL="glm-5.2[1M]")).models.default == "glm-5.2[1M]"


def test_models_by_tier() -> None:
    found = profile(
        key(
            ANTHROPIC_MODEL="m",
            ANTHROPIC_DEFAULT_HAIKU_MODEL="h",
            ANTHROPIC_DEFAULT_OPUS_MODEL="o",
            ANTHROPIC_DEFAULT_FABLE_MODEL="f",
            CLAUDE_CODE_SUBAGENT_MODEL="s",
        )
    ).models

    assert found.fable == "f"
    assert found.tiers() == ProfileModels(strong="o", balanced="m", fast="h")


@pytest.mark.parametrize(("top", "balanced"), [("glm-5.1", "glm-5.1"), ("opus[1m]", "sonnet"), (7, "sonnet")])
def test_a_top_level_model_counts_only_as_a_name(top: Any, balanced: str) -> None:
    assert profile({**key(), "model": top}).models.tiers().balanced == balanced


def test_tuning_is_passed_and_everything_else_named() -> None:
    found = profile(
        key(API_TIMEOUT_MS=5, HTTPS_PROXY="http://p", ANTHROPIC_CUSTOM_HEADERS="x: y", ENABLE_TOOL_SEARCH="")
    )

    assert dict(found.env) == {"API_TIMEOUT_MS": "5"}
    assert found.warnings == ("not passed to workers: ANTHROPIC_CUSTOM_HEADERS, HTTPS_PROXY",)


@pytest.mark.parametrize(
    ("env", "header", "secret"),
    [
        ({"ANTHROPIC_AUTH_TOKEN": "t"}, "bearer", "t"),
        ({"ANTHROPIC_AUTH_TOKEN": " ", "ANTHROPIC_API_KEY": "k"}, "x-api-key", "k"),
        ({"ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_API_KEY": ""}, "bearer", "t"),
        ({"ANTHROPIC_AUTH_TOKEN": "t\n", "ANTHROPIC_API_KEY": "k"}, "bearer", "t"),
    ],
)
def test_the_first_credential_that_is_not_empty_counts(env: dict[str, str], header: str, secret: str) -> None:
    found = reading({"env": {"ANTHROPIC_BASE_URL": URL, **env}})

    assert (found.profile.auth_header, found.secret, found.profile.refused) == (header, secret, None)


def test_a_second_credential_is_mentioned() -> None:
    assert profile(key(ANTHROPIC_API_KEY="k")).warnings == (
        "it has two credentials; ANTHROPIC_AUTH_TOKEN is used and ANTHROPIC_API_KEY is not",
    )


@pytest.mark.parametrize(
    ("written", "called", "warned"),
    [
        ("https://h.example/v1/", "https://h.example", True),
        ("https://h.example/v1", "https://h.example", True),
        ("https://h.example/api/v1x", "https://h.example/api/v1x", False),
        (" http://127.0.0.1:8080/ ", "http://127.0.0.1:8080", False),
    ],
)
def test_a_version_at_the_end_is_left_out_with_a_warning(written: str, called: str, warned: bool) -> None:
    found = profile(key(ANTHROPIC_BASE_URL=written))

    assert (found.base_url, bool(found.warnings)) == (called, warned)


@pytest.mark.parametrize(
    "settings", [{}, {"env": {}}, {"env": {"ANTHROPIC_BASE_URL": "https://api.anthropic.com/"}}]
)
def test_nothing_but_anthropics_own_place_means_the_users_login(settings: dict[str, Any]) -> None:
    found = read(row(settings, category="official"), Around(login_dir="/home/me/.claude")).profile

    assert (found.kind, found.base_url, found.config_dir) == ("subscription", "", "/home/me/.claude")
    assert found.refused is None


def test_a_key_without_an_address_is_for_anthropic() -> None:
    found = profile({"env": {"ANTHROPIC_API_KEY": "k"}})

    assert (found.kind, found.base_url, found.config_dir) == ("api_key", "https://api.anthropic.com", None)


REFUSED: list[tuple[Any, Any, str]] = [
    (key(), {"providerType": "github_copilot", "apiFormat": "anthropic"}, "GitHub Copilot account"),
    (key(), {"providerType": "codex_oauth"}, "ChatGPT Codex account"),
    (key(), {"providerType": "xai_oauth"}, "xAI account"),
    (key(), {"authBinding": {"source": "managed_account"}}, "account that only CC Switch's own proxy"),
    (key(ANTHROPIC_BASE_URL="https://api.githubcopilot.com"), {}, "GitHub Copilot account"),
    (key(ANTHROPIC_BASE_URL="https://chatgpt.com/backend-api/codex"), {}, "ChatGPT Codex account"),
    (key(), {"isFullUrl": True}, "full request URL"),
    (key(), {"apiFormat": "openai_chat"}, "speaks 'openai_chat'"),
    (key(), {"apiFormat": "gemini_native"}, "speaks 'gemini_native'"),
    ({**key(), "api_format": "openai_responses"}, {}, "speaks 'openai_responses'"),
    ({**key(), "openrouter_compat_mode": "1"}, {}, "speaks 'openai_chat'"),
    ({**key(), "openrouter_compat_mode": 2}, {}, "speaks 'openai_chat'"),
    (key(ANTHROPIC_AUTH_TOKEN="PROXY_MANAGED"), {}, "placeholder PROXY_MANAGED"),
    (
        key(ANTHROPIC_BASE_URL="https://h/${ENDPOINT_ID}/x"),
        {},
        "ANTHROPIC_BASE_URL still holds the template ${ENDPOINT_ID}",
    ),
    (key(ANTHROPIC_MODEL="${M}"), {}, "ANTHROPIC_MODEL still holds the template ${M}"),
    (key(ANTHROPIC_BASE_URL=f"https://me:{CANARY}@h"), {}, "not a plain http(s) address"),
    (key(ANTHROPIC_BASE_URL="h.example"), {}, "not a plain http(s) address"),
    (key(ANTHROPIC_AUTH_TOKEN=""), {}, "base URL but no credential"),
    (key(ANTHROPIC_AUTH_TOKEN="a\nb"), {}, "cannot be sent as a header"),
    ({**key(ANTHROPIC_AUTH_TOKEN=""), "apiKeyHelper": "pass x"}, {}, "apiKeyHelper command"),
    (key(ANTHROPIC_AUTH_TOKEN="", OPENROUTER_API_KEY="k"), {}, "key stands in OPENROUTER_API_KEY"),
    ({"apiKey": CANARY, "env": {"CLAUDE_CODE_USE_BEDROCK": "1"}}, {}, "Amazon Bedrock key stands outside `env`"),
    ({"env": {"CLAUDE_CODE_USE_VERTEX": 1}}, {}, "runs on Google Vertex AI"),
    ([], {}, "not a JSON object"),
    (key(), {"costMultiplier": "-1"}, "price multiplier is '-1' (costMultiplier of the provider)"),
]


@pytest.mark.parametrize(("settings", "meta", "reason"), REFUSED)
def test_what_cannot_be_launched_is_refused_with_the_reason_and_the_next_step(
    settings: Any, meta: Any, reason: str
) -> None:
    found = read(row(settings, meta), Around())

    assert reason in str(found.profile.refused)
    assert len(str(found.profile.refused)) > len(reason) + 10
    assert found.secret == ""
    assert CANARY not in repr(found)


@pytest.mark.parametrize(
    ("settings", "meta"),
    [
        (key(), {"apiFormat": "anthropic"}),
        ({**key(), "openrouter_compat_mode": "false"}, {}),
        (key(CLAUDE_CODE_USE_BEDROCK="0"), {}),
        (key(), {"isFullUrl": False, "unknown": {"new": 1}}),
        ({**key(), "api_format": "openai_chat"}, {"apiFormat": "anthropic"}),
    ],
)
def test_what_can_be_launched_is_not_refused(settings: Any, meta: Any) -> None:
    assert profile(settings, meta).refused is None


def test_an_official_provider_never_needs_the_proxy() -> None:
    assert (
        profile({"env": {}}, {"isFullUrl": True, "apiFormat": "openai_chat"}, category="official").refused is None
    )


# money


@pytest.mark.parametrize(
    ("own", "default", "factor"),
    [("0.5", "2", 0.5), (None, "2", 2.0), ("", None, 1.0), ("0", "2", 0.0), (1.5, None, 1.5)],
)
def test_the_multiplier_is_the_providers_else_the_default_else_one(own: Any, default: Any, factor: float) -> None:
    assert read(row(key(), {"costMultiplier": own}), Around(multiplier=default)).profile.multiplier == factor


@pytest.mark.parametrize("text", ["-0.1", "NaN", "Infinity", "abc", True, [], None, "1e99"])
def test_an_amount_is_a_number_of_at_least_zero(text: Any) -> None:
    assert amount(text) is None


@pytest.mark.parametrize(
    ("own", "default", "priced"),
    [("request", "response", "request"), (None, "request", "request"), ("?", None, "response")],
)
def test_the_pricing_source_is_the_providers_else_the_default(own: Any, default: Any, priced: str) -> None:
    assert read(row(key(), {"pricingModelSource": own}), Around(priced_by=default)).profile.priced_by == priced


def test_limits_are_read_and_nonsense_is_named() -> None:
    found = profile(key(), {"limitDailyUsd": "1.5", "limitMonthlyUsd": "lots"})

    assert (found.limit_daily_usd, found.limit_monthly_usd) == (1.5, None)
    assert found.warnings == ("its limitMonthlyUsd is not a number of at least 0 and is ignored",)


# order, current one, health, choice


def test_the_order_is_cc_switchs() -> None:
    rows = [
        row(id="e", created_at=5),
        row(id="d", created_at=5),
        row(id="c"),
        row(id="b", sort_index=1_000_000),
        row(id="a", sort_index=7, created_at=9),
        row(id="z", sort_index=7, created_at=8),
    ]

    assert [one.id for one in in_order(rows)] == ["z", "a", "c", "d", "e", "b"]


@pytest.mark.parametrize(
    ("chosen", "flagged", "current"),
    [("b", ["a"], "b"), ("gone", ["a"], "a"), (None, [], None), ("", ["a"], "a"), (7, [], None)],
)
def test_the_current_provider(chosen: Any, flagged: list[str], current: str | None) -> None:
    assert current_id(chosen, {"a", "b"}, flagged) == current


@pytest.mark.parametrize(("age", "told"), [(0, True), (600, True), (601, False), (-5, False)])
def test_traffic_says_something_for_ten_minutes(age: float, told: bool) -> None:
    seen = Health("traffic", "failed", at=1000.0)

    assert (worth_telling(seen, 1000.0 + age) is seen) is told
    assert worth_telling(Health("probe", "failed", at=0.0), 1e9) is not None


def test_nesting_is_bounded_as_cc_switchs_parser_bounds_it() -> None:
    assert read_json("[" * 127 + "]" * 127)
    for deep in ("[" * 129 + "]" * 129, '{"a":' * 500 + "1" + "}" * 500):
        with pytest.raises(ValueError, match="not valid JSON"):
            read_json(deep)
    assert read_json("[" + ",".join(["[]"] * 500) + "]")
