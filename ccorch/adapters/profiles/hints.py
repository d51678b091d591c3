"""What is known of profiles today: what CC Switch and our own checks saw, and what CC Switch recorded as spent."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from ccorch.adapters.cc_switch.switch import CcSwitch, Spend
from ccorch.rules.cc_switch import SwitchProfile
from ccorch.rules.hints import checked, seen
from ccorch.rules.marks import fitting
from ccorch.schema.experience import ProfileCheck
from ccorch.schema.profile import UNKNOWN, Hint, Profile

Checks = Mapping[str, Sequence[ProfileCheck]]


def hints(profiles: Iterable[Profile], switch: CcSwitch | None, checks: Checks, now: float) -> dict[str, Hint]:
    """By the keys of profiles; those of which nothing is known are left out."""
    kept = {found.id: found for found in switch.profiles()} if switch else {}
    told = {}
    for profile in profiles:
        own = fitting(profile, checks)
        words = [checked(own[-1], now)] if own else []
        found = kept.get(profile.key) if profile.source == "ccswitch" else None
        hint = _of_switch(found, switch, words, now) if found and switch else _hint(_joined(words))
        if hint is not None:
            told[profile.key] = hint
    return told


def _of_switch(found: SwitchProfile, switch: CcSwitch, words: Sequence[str], now: float) -> Hint | None:
    seen_there = seen(found.health, now)
    spent: Spend | None = switch.spend(found.id)
    return _hint(
        _joined([*words, *([seen_there] if seen_there else [])]),
        None if spent is None else float(spent.today),
        None if spent is None else float(spent.month),
        found.limit_daily_usd,
        found.limit_monthly_usd,
        found.warnings,
    )


@lru_cache(maxsize=256)
def _hint(
    health: str | None,
    today: float | None = None,
    month: float | None = None,
    daily: float | None = None,
    monthly: float | None = None,
    warnings: tuple[str, ...] = (),
) -> Hint | None:
    """One hint for all profiles of which the same is known; null when that is nothing."""
    hint = Hint(
        health=health,
        spent_today_usd=today,
        spent_month_usd=month,
        limit_daily_usd=daily,
        limit_monthly_usd=monthly,
        warnings=warnings,
    )
    return None if hint == UNKNOWN else hint


def _joined(words: Sequence[str]) -> str | None:
    return "; ".join(words) or None
