"""What CC Switch says about money: decimal texts, a provider's price multiplier, pricing source and limits."""

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

from ccorch.rules.cc_switch_settings import Settings

LIMITS = ("limitDailyUsd", "limitMonthlyUsd")
_MOST = 10**15


def amount(text: object) -> Decimal | None:
    """A decimal number of at least 0; null for anything else."""
    if text is None or isinstance(text, bool) or not isinstance(text, (str, int, float)):
        return None
    return _amount(str(text))


def multiplier(meta: Settings, default: object) -> tuple[float | None, str | None]:
    """The provider's factor on list prices, else the default, else 1; or why it cannot be used, with the place."""
    place, text = "costMultiplier of the provider", meta.get("costMultiplier")
    if text in (None, ""):
        place, text = "proxy_config.default_cost_multiplier", default
    if text in (None, ""):
        return 1.0, None
    number = amount(text)
    if number is None:
        return None, f"its price multiplier is {str(text)[:20]!r} ({place}); correct it to a number of at least 0"
    return float(number), None


def priced_by(meta: Settings, default: object) -> Literal["response", "request"]:
    """Whether the model that answered is priced, or the one that was asked for."""
    own = meta.get("pricingModelSource")
    source = own if own in ("response", "request") else default
    return "request" if source == "request" else "response"


def limit(meta: Settings, key: str) -> float | None:
    """A spending limit in US dollars; null when there is none or it is no number."""
    number = amount(meta.get(key))
    return None if number is None else float(number)


def bad_limits(meta: Settings) -> list[str]:
    """Names of limits that are set to something else than a number of at least 0."""
    return [key for key in LIMITS if meta.get(key) not in (None, "") and amount(meta.get(key)) is None]


@lru_cache(maxsize=1024)
def _amount(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number < _MOST else None
