"""What a provider's answer that is no answer means: quota, overload, a refused credential, a refused request."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from ccorch.schema.breaker import Trouble

RIDDEN_OUT = 30.0
"""Seconds that the client's own retries bridge; a provider that asks for more is not asked again meanwhile."""

LONGEST = 45 * 86_400.0
"""A provider that names a later time than a month and a half is not believed."""

_SPENT = re.compile(
    r"usage limit|quota|limit exhausted|insufficient (?:balance|credit|fund)|credit balance|billing|arrears"
    r"|(?:daily|weekly|monthly|5[- ]?hour|session) (?:usage )?limit|access_terminated|使用上限|余额不足|欠费|额度",
    re.IGNORECASE,
)
_OVERLOADED = re.compile(r"overload|too many people|high traffic|server busy|engine_overloaded", re.IGNORECASE)
_DECLINED = re.compile(r"sensitive|content[_ ](?:filter|policy)|unsafe|high risk|敏感", re.IGNORECASE)

_GLM_SPENT = frozenset(("1113", "1304", "1308", "1309", "1310", "1313", "1316"))
_GLM_BUSY = frozenset(("1302", "1303", "1305", "1312"))
_GLM_KEY = frozenset(("1000", "1001", "1002", "1003", "1004", "1112"))
_GLM_DECLINED = frozenset(("1301",))
"""Codes that GLM's endpoints put in the place of a kind: plan or money used up, too much at once, key, content."""

_WINDOWS = (
    (re.compile(r"5[- ]?hours?|5\s*小时|five_hour|\b5h\b", re.IGNORECASE), "5h"),
    (re.compile(r"week|7[- ]?day|seven_day|\b7d\b|每周", re.IGNORECASE), "week"),
    (re.compile(r"month|billing cycle|每月", re.IGNORECASE), "month"),
    (re.compile(r"dail|per day|\btpd\b|\brpd\b|每日", re.IGNORECASE), "day"),
    (re.compile(r"balance|credit|arrears|余额|欠费", re.IGNORECASE), "balance"),
)
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(Z|[+-]\d\d:?\d\d)?")
_BEIJING = timezone(timedelta(hours=8))
"""Times without a zone are written by providers in China, in their own."""


def trouble_of(status: int, headers: Mapping[str, str], body: bytes, now: float) -> Trouble | None:
    """What an answer means for its route; None for errors of the request itself and for unknown ones."""
    head = {name.lower(): value for name, value in headers.items()}
    kind, words = _named(body)
    told = f"{kind} {words}"
    window = next((name for pattern, name in _WINDOWS if pattern.search(told)), "")
    said = f"{status} {kind}".strip()
    if status in (400, 402, 403, 429) and (
        status == 402 or kind in _GLM_SPENT or _is_spent(status, head, kind, words)
    ):
        window, until = _reset(head, words, window, now)
        if until is None or until - now > RIDDEN_OUT or status != 429:
            return Trouble(error="quota", lasting=True, said=said, window=window, until=until)
        return Trouble(error="overload", lasting=False, said=said, window=window, until=until)
    if status == 429 or status in (502, 503, 504, 529) or kind in ("overloaded_error", *_GLM_BUSY):
        return _busy(status, head, kind, words, said, now)
    if status in (401, 403) or kind in _GLM_KEY:
        return Trouble(error="auth", lasting=True, said=said)
    if kind in _GLM_DECLINED or (status in (400, 422) and _DECLINED.search(told)):
        return Trouble(error="refusal", lasting=True, said=said)
    return None


def trouble_in_stream(kind: str) -> Trouble | None:
    """What an error that comes in the middle of an answer means; it says neither status nor time."""
    if kind == "overloaded_error" or kind in _GLM_BUSY:
        return Trouble(error="overload", lasting=False, said=f"200 {_plain(kind)}")
    if kind in ("rate_limit_error", "billing_error") or kind in _GLM_SPENT:
        return Trouble(error="quota", lasting=kind != "rate_limit_error", said=f"200 {_plain(kind)}")
    return None


def plan_limit(info: Mapping[str, Any], now: float) -> Trouble | None:
    """What is told of a subscription's limit: the one that is used up, unless it goes on at extra cost."""
    if info.get("status") != "rejected" or info.get("isUsingOverage") is True:
        return None
    name = info.get("rateLimitType")
    return Trouble(
        error="quota",
        lasting=True,
        said="429 rate_limit",
        window=_renamed(name) if isinstance(name, str) else "",
        until=_moment(str(info.get("resetsAt", "")), now),
    )


DECLINED = Trouble(error="refusal", lasting=True, said="200 refusal")
"""A model that would not answer."""


def seconds_of(retry_after: str | None, now: float) -> float | None:
    """Seconds that a retry-after header asks for, as a number or a date; None for what nobody can mean."""
    if not retry_after:
        return None
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            wait = parsedate_to_datetime(retry_after).timestamp() - now
        except (ValueError, TypeError, OverflowError):
            return None
    return wait if isfinite(wait) and 0 <= wait <= LONGEST else None


def _busy(status: int, head: Mapping[str, str], kind: str, words: str, said: str, now: float) -> Trouble:
    wait = seconds_of(head.get("retry-after"), now)
    until = None if wait is None else now + wait
    if wait is None or wait <= RIDDEN_OUT:
        return Trouble(error="overload", lasting=False, said=said, until=until)
    is_load = status != 429 or kind in _GLM_BUSY or bool(_OVERLOADED.search(f"{kind} {words}"))
    return Trouble(error="overload" if is_load else "quota", lasting=True, said=said, until=until)


def _is_spent(status: int, head: Mapping[str, str], kind: str, words: str) -> bool:
    if status == 429 and (any(_rejected(head)) or head.get("anthropic-ratelimit-unified-status") == "rejected"):
        return True
    if _OVERLOADED.search(f"{kind} {words}") or kind in _GLM_BUSY:
        return False
    # of a plain bad request only the words about an empty account are taken for one
    if status == 400:
        return bool(re.search(r"credit balance|insufficient balance", words, re.IGNORECASE))
    return bool(_SPENT.search(f"{kind} {words}"))


def _rejected(head: Mapping[str, str]) -> Iterator[str]:
    """The windows of an Anthropic account that are used up."""
    for name, value in head.items():
        found = re.fullmatch(r"anthropic-ratelimit-unified-(\w+)-status", name)
        if found and value == "rejected":
            yield found[1]


def _reset(head: Mapping[str, str], words: str, window: str, now: float) -> tuple[str, float | None]:
    """Which limit it is and when it is over: of several that are used up the last one."""
    known: list[tuple[float, str]] = []
    for name in _rejected(head):
        if (at := _moment(head.get(f"anthropic-ratelimit-unified-{name}-reset", ""), now)) is not None:
            known.append((at, _renamed(name)))
    if (at := _moment(head.get("anthropic-ratelimit-unified-reset", ""), now)) is not None and not known:
        known.append((at, _renamed(head.get("anthropic-ratelimit-unified-representative-claim", "")) or window))
    if (wait := seconds_of(head.get("retry-after"), now)) is not None and not known:
        known.append((now + wait, window))
    if not known and (at := _moment(words, now)) is not None:
        known.append((at, window))
    if not known:
        return window, None
    latest = max(known)
    return latest[1], latest[0]


def _renamed(name: str) -> str:
    return next((plain for pattern, plain in _WINDOWS if pattern.search(name)), _plain(name))


def _moment(text: str, now: float) -> float | None:
    """A moment to come: seconds since 1970, or the first date and time in a text."""
    found = _STAMP.search(text)
    try:
        if found:
            at = datetime.fromisoformat(f"{found[1]}T{found[2]}")
            zone = found[3]
            at = at.replace(tzinfo=_BEIJING) if not zone else _in_zone(at, zone)
            moment = at.timestamp()
        else:
            moment = float(text)
    except (ValueError, OverflowError):
        return None
    return moment if isfinite(moment) and now < moment <= now + LONGEST else None


def _in_zone(at: datetime, zone: str) -> datetime:
    return at.replace(tzinfo=UTC) if zone == "Z" else datetime.fromisoformat(f"{at.isoformat()}{zone}")


def _named(body: bytes) -> tuple[str, str]:
    """Kind and words of an error body, whatever its shape."""
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    error = data.get("error", data) if isinstance(data, dict) else None
    if isinstance(error, str):
        return "", error[:2000]
    if not isinstance(error, dict):
        return "", ""
    kinds = [_plain(str(error[key])) for key in ("code", "type") if isinstance(error.get(key), str | int)]
    # a numeric code says more than a type that is the same for all errors
    kind = next((one for one in kinds if one.isdecimal()), kinds[-1] if kinds else "")
    words = error.get("message")
    return kind, words[:2000] if isinstance(words, str) else ""


def _plain(name: str) -> str:
    """A kind that can be written down anywhere."""
    return name if re.fullmatch(r"[\w.-]{1,60}", name, re.ASCII) else "error"
