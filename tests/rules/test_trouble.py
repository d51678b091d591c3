"""What answers of providers mean: those that were seen in the field, and what nobody can mean."""

import json
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.trouble import LONGEST, trouble_in_stream, trouble_of

NOW = 1_787_990_400.0
"""2026-08-29 08:00:00 UTC"""


def body(kind: str, message: str = "no", **more: Any) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message, **more}}).encode()


def code(number: str, message: str) -> bytes:
    return json.dumps({"error": {"code": number, "message": message}, "request_id": "x"}).encode()


LIMIT = body("rate_limit_error", "This request would exceed your account's rate limit.")
KIMI = "You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle."
GLM = "Usage limit reached for 5 hour. Your limit will reset at 2026-08-29 18:30:00"


@pytest.mark.parametrize(
    ("status", "headers", "said", "means"),
    [
        # Anthropic
        (429, {}, LIMIT, ("overload", False, "", None)),
        (429, {"retry-after": "12"}, LIMIT, ("overload", False, "", 12)),
        (429, {"Retry-After": "7999"}, LIMIT, ("quota", True, "", 7999)),
        (529, {}, body("overloaded_error"), ("overload", False, "", None)),
        (529, {"retry-after": "90"}, body("overloaded_error"), ("overload", True, "", 90)),
        (503, {}, b"<html>", ("overload", False, "", None)),
        (
            400,
            {},
            body("invalid_request_error", "Your credit balance is too low"),
            ("quota", True, "balance", None),
        ),
        (402, {}, body("billing_error"), ("quota", True, "", None)),
        (401, {}, body("authentication_error"), ("auth", True, "", None)),
        (403, {}, body("permission_error", "this key may not use the model"), ("auth", True, "", None)),
        # GLM: its own clock is Beijing's
        (429, {}, code("1308", GLM), ("quota", True, "5h", 9000)),
        (
            429,
            {},
            code("1308", "已达到 5\n小时的使用上限。您的限额将在 2026-08-29 18:30:00 重置。"),
            ("quota", True, "5h", 9000),
        ),
        (
            429,
            {},
            code("1310", "Weekly/Monthly Limit Exhausted, reset at 2026-09-03T00:00:00Z"),
            ("quota", True, "week", 403_200),
        ),
        (429, {}, code("1113", "Insufficient balance or no resource package"), ("quota", True, "balance", None)),
        (429, {}, code("1302", "High concurrency usage of this API"), ("overload", False, "", None)),
        (429, {}, code("1305", "The model is overloaded"), ("overload", False, "", None)),
        (401, {}, code("1002", "Authorization Token is invalid"), ("auth", True, "", None)),
        (400, {}, code("1301", "The system detected unsafe or sensitive content"), ("refusal", True, "", None)),
        # Kimi: quota comes as 403
        (403, {}, body("permission_error", KIMI), ("quota", True, "month", None)),
        (403, {}, body("access_terminated_error", "weekly (7-day) usage limit"), ("quota", True, "week", None)),
        (
            429,
            {},
            body("exceeded_current_quota_error", "check your account balance"),
            ("quota", True, "balance", None),
        ),
        (
            429,
            {},
            body("engine_overloaded_error", "The engine is currently overloaded"),
            ("overload", False, "", None),
        ),
        (429, {}, body("rate_limit_reached_error", "max RPM: 3"), ("overload", False, "", None)),
        # errors of a request are nobody's quota
        (400, {}, body("invalid_request_error", "messages.1.role: Input should be 'user'"), None),
        (404, {}, body("not_found_error"), None),
        (413, {}, body("request_too_large", "the quota of bytes"), None),
        (500, {}, body("api_error"), None),
    ],
)
def test_answers_of_providers(status: int, headers: dict[str, str], said: bytes, means: Any) -> None:
    found = trouble_of(status, headers, said, NOW)

    if means is None:
        assert found is None
        return
    assert found is not None
    error, lasting, window, after = means
    assert (found.error, found.lasting, found.window) == (error, lasting, window)
    assert found.until == (None if after is None else NOW + after)


def test_of_several_windows_of_an_account_the_last_one_counts() -> None:
    headers = {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-5h-status": "rejected",
        "anthropic-ratelimit-unified-5h-reset": str(NOW + 600),
        "anthropic-ratelimit-unified-7d-status": "rejected",
        "anthropic-ratelimit-unified-7d-reset": str(NOW + 90_000),
        "anthropic-ratelimit-unified-reset": str(NOW + 600),
        "retry-after": "600",
    }
    found = trouble_of(429, headers, LIMIT, NOW)

    assert found is not None
    assert (found.error, found.lasting, found.window, found.until) == ("quota", True, "week", NOW + 90_000)
    allowed = headers | {f"anthropic-ratelimit-unified-{name}status": "allowed" for name in ("", "5h-", "7d-")}
    assert trouble_of(429, allowed | {"retry-after": "3"}, LIMIT, NOW).error == "overload"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "value", ["-5", "nan", "inf", "1e400", "soon", "", str(LONGEST + 1), "Fri, 99 Foo 2026 00:00:00 GMT", "9" * 400]
)
def test_a_retry_after_that_nobody_can_mean_is_none(value: str) -> None:
    found = trouble_of(429, {"retry-after": value}, LIMIT, NOW)

    assert found is not None
    assert (found.error, found.lasting, found.until) == ("overload", False, None)


def test_a_retry_after_may_be_a_date() -> None:
    found = trouble_of(429, {"retry-after": formatdate(NOW + 3600, usegmt=True)}, LIMIT, NOW)

    assert found is not None
    assert (found.error, found.until) == ("quota", NOW + 3600)
    past = trouble_of(429, {"retry-after": formatdate(NOW - 3600, usegmt=True)}, LIMIT, NOW)
    assert past is not None
    assert past.until is None


def test_an_error_within_an_answer_has_a_meaning_too() -> None:
    assert trouble_in_stream("overloaded_error").error == "overload"  # type: ignore[union-attr]
    assert trouble_in_stream("1308").lasting  # type: ignore[union-attr]
    assert trouble_in_stream("dropped") is None


UNIFIED = "anthropic-ratelimit-unified"
names = st.sampled_from(["error", "type", "code", "message"])
shapes = st.recursive(
    st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(names, inner)
)


@given(
    st.integers(100, 599),
    st.dictionaries(
        st.sampled_from(["retry-after", f"{UNIFIED}-5h-status", f"{UNIFIED}-5h-reset"]),
        st.text(max_size=30) | st.floats().map(str) | st.just("rejected"),
    ),
    st.binary(max_size=200) | shapes.map(lambda data: json.dumps(data).encode()),
)
def test_whatever_arrives_a_time_is_to_come_and_nothing_of_it_is_quoted(
    status: int, headers: dict[str, str], said: bytes
) -> None:
    found = trouble_of(status, headers, said, NOW)

    if found is not None:
        assert found.until is None or NOW <= found.until <= NOW + LONGEST
        assert found.said.replace(" ", "").replace(".", "").replace("-", "").replace("_", "").isalnum()
        assert len(found.said) < 80
