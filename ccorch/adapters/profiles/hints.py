"""What is known of profiles today: what CC Switch and our own checks saw, and what CC Switch recorded as spent."""

from collections.abc import Iterable, Mapping, Sequence

from ccorch.adapters.cc_switch import CcSwitch, Spend
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
        if found and switch:
            hint = _of_switch(found, switch, words, now)
        else:
            hint = Hint(health=_joined(words)) if words else UNKNOWN
        if hint != UNKNOWN:
            told[profile.key] = hint
    return told


def _of_switch(found: SwitchProfile, switch: CcSwitch, words: Sequence[str], now: float) -> Hint:
    seen_there = seen(found.health, now)
    spent: Spend | None = switch.spend(found.id)
    return Hint(
        health=_joined([*words, *([seen_there] if seen_there else [])]),
        spent_today_usd=None if spent is None else float(spent.today),
        spent_month_usd=None if spent is None else float(spent.month),
        limit_daily_usd=found.limit_daily_usd,
        limit_monthly_usd=found.limit_monthly_usd,
        warnings=found.warnings,
    )


def _joined(words: Sequence[str]) -> str | None:
    return "; ".join(words) or None
