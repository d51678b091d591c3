"""CC Switch's providers as profiles: order, current one, models, multiplier, reason why not, and choice by name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from ccorch.rules.cc_switch_money import bad_limits, limit, multiplier, priced_by
from ccorch.rules.cc_switch_refusal import (
    API_KEY,
    BEARER,
    DEPENDED_ON,
    IN_CC_SWITCH,
    OWN_LOGIN,
    Case,
    base_url,
    credential,
    refusal,
)
from ccorch.rules.cc_switch_settings import (
    BASE_URL,
    CONTEXT,
    FABLE,
    HAIKU,
    MODEL,
    OPUS,
    ROUTED,
    SONNET,
    Settings,
    effective,
    texts,
)
from ccorch.rules.endpoints import is_plain
from ccorch.schema.profile import ProfileModels

ALIASES = ProfileModels(strong="opus", balanced="sonnet", fast="haiku")
"""Claude Code's own names, which a provider that names no model relies on."""

TUNING = frozenset(
    (
        *CONTEXT,
        *("API_TIMEOUT_MS", "CLAUDE_CODE_MAX_OUTPUT_TOKENS", "CLAUDE_CODE_EFFORT_LEVEL", "MAX_THINKING_TOKENS"),
        *("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS"),
        *("CLAUDE_CODE_DISABLE_1M_CONTEXT", "CLAUDE_CODE_DISABLE_ADAPTIVE_THINKING", "ENABLE_TOOL_SEARCH"),
        *("CLAUDE_AUTOCOMPACT_PCT_OVERRIDE", "DISABLE_AUTOUPDATER", "DISABLE_INTERLEAVED_THINKING"),
        *("DISABLE_PROMPT_CACHING", "MAX_MCP_OUTPUT_TOKENS", "CLAUDE_CODE_DISABLE_THINKING"),
        *(f"{tier}_NAME" for tier in (HAIKU, SONNET, OPUS, FABLE)),
    )
)
"""Variables that tune Claude Code for an endpoint and lead nothing elsewhere."""

_KNOWN = TUNING | frozenset(DEPENDED_ON)

ANTHROPIC = "https://api.anthropic.com"
OWN_NAMES = ("", "default", "best", "opus", "opusplan", "sonnet", "haiku", "fable")
"""Values of the top-level `model` that choose a tier rather than name a model."""

LAST = 999_999
HEALTH_SECONDS = 600
"""Age up to which the proxy's record of an endpoint says something about today."""

_MARKER = re.compile(r"\[1m\]$")


@dataclass(frozen=True)
class Row:
    """A provider as stored; its settings and meta hold secrets."""

    id: str
    name: str
    settings: object = field(repr=False)
    meta: Settings = field(repr=False)
    category: str | None = None
    created_at: int | None = None
    sort_index: int | None = None
    place: str = IN_CC_SWITCH
    """Where its owner can correct it."""


@dataclass(frozen=True)
class Health:
    """What CC Switch saw of an endpoint; a hint, not the truth."""

    source: Literal["traffic", "probe"]
    """Requests through its proxy, or a check asked for by its user."""
    state: Literal["operational", "degraded", "failed"]
    at: float
    """When, in seconds since 1970."""
    failures: int = 0
    """Failures in a row."""
    response_ms: int | None = None
    http_status: int | None = None


@dataclass(frozen=True)
class Around:
    """What applies to every provider."""

    snippet: Settings | None = field(default=None, repr=False)
    """The common snippet."""
    multiplier: object = None
    """The default price multiplier, as stored."""
    priced_by: object = None
    """The default pricing source, as stored."""
    login_dir: str = ""
    """Claude's config directory, with the user's login."""


@dataclass(frozen=True)
class SwitchModels:
    """Models as declared, with markers such as [1m], which Claude Code reads and prices ignore."""

    default: str | None = None
    haiku: str | None = None
    sonnet: str | None = None
    opus: str | None = None
    fable: str | None = None

    def tiers(self) -> ProfileModels:
        """Models by tier; a provider that names none gets Claude Code's own names."""
        strong, balanced = self.opus or self.fable or self.default, self.sonnet or self.default
        fast = self.haiku or self.default
        return _tiers(strong, balanced, fast) if strong or balanced or fast else ALIASES


@dataclass(frozen=True)
class SwitchProfile:
    """A provider as ccorch may show it: no secret in any field."""

    id: str
    name: str
    current: bool
    kind: Literal["api_key", "subscription"]
    base_url: str
    """Endpoint without /v1 and slash; empty for the user's own login and when it cannot be shown."""
    auth_header: Literal["bearer", "x-api-key"]
    models: SwitchModels
    env: Mapping[str, str]
    """Variables that tune Claude Code for this endpoint."""
    multiplier: float | None
    """Factor on list prices; null when CC Switch holds an impossible one, which refuses the profile."""
    priced_by: Literal["response", "request"]
    """Whether the served or the asked-for model is priced."""
    limit_daily_usd: float | None = None
    limit_monthly_usd: float | None = None
    config_dir: str | None = None
    """For a subscription, the login's own config directory."""
    health: Health | None = None
    refused: str | None = None
    """Why it cannot be launched and what to do; null when it can."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A profile and its credential, kept apart."""

    profile: SwitchProfile
    secret: str = field(repr=False)


def in_order(rows: Iterable[Row]) -> list[Row]:
    """As CC Switch lists them: by hand, then by age, then by id."""
    return sorted(
        rows,
        key=lambda row: (
            LAST if row.sort_index is None else row.sort_index,
            row.created_at is not None,
            row.created_at or 0,
            row.id,
        ),
    )


def current_id(chosen: object, ids: AbstractSet[str], flagged: Sequence[str]) -> str | None:
    """The device's own choice if that provider exists, else the flagged one, else none."""
    if isinstance(chosen, str) and chosen in ids:
        return chosen
    return flagged[0] if flagged else None


def read(row: Row, around: Around, *, current: bool = False, health: Health | None = None) -> Reading:
    """What a row amounts to once CC Switch's rules are applied."""
    case = _case(row, around)
    name, secret = case.key
    factor, impossible = multiplier(row.meta, around.multiplier)
    refused = refusal(case) or impossible
    subscription = not name and case.url in OWN_LOGIN
    url, warning = _endpoint(case, subscription)
    profile = SwitchProfile(
        id=row.id,
        name=row.name,
        current=current,
        kind="subscription" if subscription else "api_key",
        base_url=url,
        auth_header="bearer" if name in ("", BEARER) else "x-api-key",
        models=_models(case),
        env={key: value for key, value in case.env.items() if key in TUNING and value != ""},
        multiplier=factor,
        priced_by=priced_by(row.meta, around.priced_by),
        limit_daily_usd=limit(row.meta, "limitDailyUsd"),
        limit_monthly_usd=limit(row.meta, "limitMonthlyUsd"),
        config_dir=(around.login_dir or None) if subscription else None,
        health=health,
        refused=refused,
        warnings=(*warning, *_warnings(case, row.meta, name)),
    )
    return Reading(profile, "" if refused else secret)


def worth_telling(health: Health | None, now: float) -> Health | None:
    """Traffic only while it is fresh; a probe with its time, however old."""
    if health is None or health.source == "probe":
        return health
    return health if 0 <= now - health.at <= HEALTH_SECONDS else None


@lru_cache(maxsize=1024)
def _tiers(strong: str | None, balanced: str | None, fast: str | None) -> ProfileModels:
    return ProfileModels(strong=strong, balanced=balanced, fast=fast)


def _case(row: Row, around: Around) -> Case:
    raw = row.settings if isinstance(row.settings, dict) else {}
    whole = effective(raw, row.meta, around.snippet)
    env = whole.get("env")
    given, odd = texts(env if isinstance(env, dict) else {})
    url = base_url(given)
    return Case(
        row.category == "official",
        raw=row.settings,
        meta=row.meta,
        whole=whole,
        env=given,
        url=url,
        is_plain=is_plain(url),
        key=credential(given),
        used={key: value for key, value in given.items() if key in _KNOWN},
        odd=odd,
        place=row.place,
    )


def _models(case: Case) -> SwitchModels:
    named = {key: case.env.get(key, "").strip() or None for key in ROUTED}
    top = case.whole.get("model")
    top = top.strip() if isinstance(top, str) else ""
    return SwitchModels(
        default=named[MODEL] or (None if _MARKER.sub("", top.lower()) in OWN_NAMES else top),
        haiku=named[HAIKU],
        sonnet=named[SONNET],
        opus=named[OPUS],
        fable=named[FABLE],
    )


def _warnings(case: Case, meta: Settings, name: str) -> tuple[str, ...]:
    said = [f"variables that no process can be given are left out: {_names(case.odd)}"] if case.odd else []
    if name == BEARER and case.env.get(API_KEY, "").strip():
        said.append(f"it has two credentials; {name} is used and {API_KEY} is not")
    if rest := [key for key, value in case.env.items() if key not in _KNOWN and value.strip()]:
        said.append(f"not passed to workers: {_names(rest)}")
    said += [f"its {key} is not a number of at least 0 and is ignored" for key in bad_limits(meta)]
    return tuple(said)


def _endpoint(case: Case, subscription: bool) -> tuple[str, tuple[str, ...]]:
    """The endpoint as it is called and shown, with what was changed; empty when it cannot be shown."""
    if subscription or (case.url and not case.is_plain):
        return "", ()
    url = case.url or ANTHROPIC
    bare = url.removesuffix("/v1").rstrip("/")
    if bare == url:
        return bare, ()
    return bare, (f"its {BASE_URL} ends with /v1, which Claude Code adds itself; it is left out",)


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(name[:60] if name.isprintable() else repr(name[:60]) for name in names))
