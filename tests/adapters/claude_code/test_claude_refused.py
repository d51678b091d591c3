"""What a worker's stream tells of a provider that refuses, on lines recorded from Claude Code 2.1.330."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.claude_code.refused import Refusals
from ccorch.schema.breaker import Trouble

Json = dict[str, Any]

NOW = 1_795_897_220.0
AT = 1_795_904_420
LIMIT: Json = {
    "type": "rate_limit_event",
    "rate_limit_info": {
        "status": "rejected",
        "resetsAt": AT,
        "rateLimitType": "five_hour",
        "overageStatus": "rejected",
        "overageDisabledReason": "org_level_disabled",
        "isUsingOverage": False,
        "unifiedWindows": {"five_hour": {"utilization": 1, "resetsAt": AT, "status": "rejected"}},
    },
}
SYNTHETIC: Json = {
    "type": "assistant",
    "message": {
        "model": "<synthetic>",
        "content": [{"type": "text", "text": "You've hit your 5-hour limit · resets 10:20pm (UTC)"}],
    },
    "error": "rate_limit",
}
ANSWER: Json = {"type": "assistant", "message": {"model": "claude-sonnet-4-6", "content": []}}
DONE: Json = {"type": "result", "subtype": "success", "is_error": False, "result": "done"}


def over(status: object, words: str) -> Json:
    return {**DONE, "is_error": True, "terminal_reason": "api_error", "api_error_status": status, "result": words}


def retried(status: object, delay: object, error: str = "overloaded") -> Json:
    names = {"type": "system", "subtype": "api_retry", "attempt": 1, "max_retries": 10}
    return {**names, "error_status": status, "retry_delay_ms": delay, "error": error}


def limit(**changes: object) -> Json:
    return {**LIMIT, "rate_limit_info": {**LIMIT["rate_limit_info"], **changes}}


def met(*lines: Json) -> Trouble | None:
    refusals = Refusals()
    for line in lines:
        refusals.take(line, NOW)
    return refusals.trouble


SPENT = over(429, "You've hit your 5-hour limit · resets 10:20pm (UTC)")


@pytest.mark.parametrize(
    ("lines", "error", "lasting", "window", "until"),
    [
        ([LIMIT, SYNTHETIC, SPENT], "quota", True, "5h", AT),
        ([limit(rateLimitType="seven_day_opus"), SPENT], "quota", True, "week", AT),
        ([limit(resetsAt="soon", rateLimitType=None), SPENT], "quota", True, "", None),
        ([SYNTHETIC, SPENT], "quota", True, "5h", None),
        ([over(402, "Your credit balance is too low")], "quota", True, "balance", None),
        ([retried(529, 500), over(529, "API Error: 529 Overloaded")], "overload", False, "", None),
        ([retried(429, 38_000, "rate_limit")], "overload", False, "", None),
        ([retried(529, 120_000)], "overload", True, "", NOW + 120),
        ([over(401, "Failed to authenticate")], "auth", True, "", None),
    ],
)
def test_what_a_stream_tells_is_the_trouble_of_its_profile(
    lines: list[Json], error: str, lasting: bool, window: str, until: float | None
) -> None:
    found = met(*lines)

    assert found is not None
    assert (found.error, found.lasting, found.window, found.until) == (error, lasting, window, until)


@pytest.mark.parametrize(
    "lines",
    [
        [limit(status="allowed_warning"), ANSWER, DONE],
        [limit(isUsingOverage=True)],
        [retried(529, 500), ANSWER],
        [retried(429, 1000, "rate_limit"), ANSWER, DONE],
        [LIMIT, ANSWER],
        [retried(None, 500, "unknown"), over(None, "Connection error.")],
        [over(400, "prompt is too long")],
    ],
)
def test_what_passes_or_is_no_refusal_is_none(lines: list[Json]) -> None:
    assert met(*lines) is None


def test_a_provider_that_asks_for_minutes_is_not_waited_for() -> None:
    refusals = Refusals()

    assert refusals.take(retried(529, 30_000), NOW) is None
    assert refusals.take(retried(529, 120_000), NOW) == "the provider asks to wait 2 min"


anything = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=3)
kinds = st.sampled_from(["rate_limit_event", "system", "assistant", "result"]) | anything
fields = st.sampled_from(["error_status", "retry_delay_ms", "error", "api_error_status", "result", "is_error"])
infos = st.dictionaries(
    st.sampled_from(["resetsAt", "rateLimitType", "isUsingOverage"]), anything
).map(lambda info: {"status": "rejected", **info}) | anything  # fmt: skip


@given(st.lists(st.tuples(kinds, infos, st.dictionaries(fields, anything))))
def test_no_line_breaks_the_reading(lines: list[tuple[Any, Any, Json]]) -> None:
    for kind, info, more in lines:
        met({"type": kind, "subtype": "api_retry", "rate_limit_info": info, "message": info, **more})
