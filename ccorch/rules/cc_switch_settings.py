"""What CC Switch would give Claude Code for a provider: its row merged, completed and cleaned."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

Settings = Mapping[str, Any]
"""The body of a Claude settings file."""

BASE_URL = "ANTHROPIC_BASE_URL"
MODEL = "ANTHROPIC_MODEL"
SMALL = "ANTHROPIC_SMALL_FAST_MODEL"
HAIKU, SONNET, OPUS, FABLE = (f"ANTHROPIC_DEFAULT_{tier}_MODEL" for tier in ("HAIKU", "SONNET", "OPUS", "FABLE"))
SUBAGENT = "CLAUDE_CODE_SUBAGENT_MODEL"
ROUTED = (MODEL, HAIKU, SONNET, OPUS, FABLE, SUBAGENT)
"""Variables by which Claude Code chooses the model of a request."""

CONTEXT = ("CLAUDE_CODE_MAX_CONTEXT_TOKENS", "CLAUDE_CODE_AUTO_COMPACT_WINDOW")
KIMI_CODING, KIMI_WINDOW = "https://api.kimi.com/coding", "262144"
CODEX_FAMILY, CODEX_WINDOW = "gpt-5.6", "372000"

INTERNAL = ("api_format", "apiFormat", "openrouter_compat_mode", "openrouterCompatMode")
"""Keys that CC Switch keeps for itself."""

DEPTH = 127
"""Nesting that CC Switch's own parser accepts."""

_UNPASSABLE = re.compile("[\0\ud800-\udfff]")
_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""What may stand for half a letter; two of them make a whole one."""

_BLANK = " \t\n\r"
"""What JSON allows around a value."""


def effective(settings: Settings, meta: Settings, snippet: Settings | None) -> dict[str, Any]:
    """The settings that CC Switch would write: common snippet, context windows and tiers applied."""
    whole = merged(settings, snippet) if snippet is not None and uses(settings, meta, snippet) else dict(settings)
    for key in INTERNAL:
        whole.pop(key, None)
    env = whole.get("env", {})
    if isinstance(env, dict):
        own = settings.get("env")
        whole["env"] = _tiers(_windows(env, own if isinstance(own, dict) else {}, meta))
    return whole


def uses(settings: Settings, meta: Settings, snippet: Settings) -> bool:
    """Whether the common snippet belongs to a provider: by its flag, else because the row contains it."""
    flag = meta.get("commonConfigEnabled")
    return flag if isinstance(flag, bool) else contains(settings, snippet)


def merged(settings: Settings, snippet: Settings) -> dict[str, Any]:
    """Objects merged key by key, everything else replaced: the snippet wins."""
    result = dict(settings)
    for key, new in snippet.items():
        old = result.get(key)
        result[key] = merged(old, new) if isinstance(old, dict) and isinstance(new, dict) else new
    return result


def contains(whole: Any, part: Any) -> bool:
    """Deep subset; each item of a list needs its own counterpart."""
    match part:
        case dict():
            return isinstance(whole, dict) and all(key in whole and contains(whole[key], part[key]) for key in part)
        case list():
            return isinstance(whole, list) and _contains_items(whole, part)
    return type(whole) is type(part) and bool(whole == part)


def read_json(text: str) -> Any:
    """Strict JSON without half a letter, as CC Switch takes it; raises ValueError that quotes nothing of it."""
    try:
        bare = text.strip(_BLANK)
        found, end = _strict.raw_decode(bare)
        if _HALF.search(bare):
            json.dumps(found, ensure_ascii=False).encode()
        if end == len(bare) and (text.count("[") + text.count("{") <= DEPTH or _is_shallow(found)):
            return found
    except (ValueError, RecursionError):
        pass  # raised below, outside, so that no context carries the text along
    raise ValueError("not valid JSON")


def texts(env: Settings) -> tuple[dict[str, str], tuple[str, ...]]:
    """Variables as a process can be given them, and the names of those it cannot: nulls are dropped silently."""
    given, odd = {}, []
    for name, value in env.items():
        text = value if type(value) is str else _text(value)
        if text is not None and name.isascii() and name.isidentifier() and _passable(text):
            given[name] = text
        elif value is not None:
            odd.append(name)
    return given, tuple(odd)


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH + 1):
        level = [item for one in level if isinstance(one, dict | list) for item in _items(one)]
    return not level


def _items(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _contains_items(whole: list[Any], part: list[Any]) -> bool:
    left = list(whole)
    for item in part:
        found = next((at for at, candidate in enumerate(left) if contains(candidate, item)), None)
        if found is None:
            return False
        del left[found]
    return True


def _windows(env: Settings, own: Settings, meta: Settings) -> Settings:
    """Context windows belong to the provider: its own value, else the default, never the snippet's."""
    if _url(own).rstrip("/") == KIMI_CODING:
        default: str | None = KIMI_WINDOW
    elif meta.get("providerType") == "codex_oauth":
        default = CODEX_WINDOW if _all_codex(own) else None
    else:
        return env
    rest = {key: value for key, value in env.items() if key not in CONTEXT}
    windows = {key: own.get(key, default) for key in CONTEXT}
    return rest | {key: value for key, value in windows.items() if value is not None}


def _url(env: Settings) -> str:
    url = env.get(BASE_URL)
    return url.strip() if isinstance(url, str) else ""


def _all_codex(env: Settings) -> bool:
    models = [env[key] for key in ROUTED if key in env]
    if not all(isinstance(model, str) for model in models):
        return False
    named = [model.strip().lower() for model in models if model.strip()]
    return bool(named) and all(model.startswith(CODEX_FAMILY) for model in named)


def _tiers(env: Settings) -> dict[str, Any]:
    """Every tier named, because Claude Code no longer reads the legacy small model."""
    model, small = _named(env, MODEL), _named(env, SMALL)
    result = dict(env)
    result.pop(SMALL, None)
    usual, least = model if model is not None else small, small if small is not None else model
    if usual is not None:
        for tier, substitute in ((HAIKU, least), (SONNET, usual), (OPUS, usual)):
            if _named(env, tier) is None:
                result[tier] = substitute
    return result


def _named(env: Settings, key: str) -> str | None:
    name = env.get(key)
    return name if isinstance(name, str) else None


def _text(value: Any) -> str | None:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
    return None


def _passable(text: str) -> bool:
    return "\0" not in text if text.isascii() else not _UNPASSABLE.search(text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_strict = json.JSONDecoder(parse_constant=_no_constant)
