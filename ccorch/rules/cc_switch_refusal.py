"""Why a CC Switch provider cannot be launched directly, and what its owner can do about it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ccorch.rules.cc_switch_settings import BASE_URL, ROUTED, Settings

BEARER, API_KEY = "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"
CREDENTIALS = (BEARER, API_KEY)
PLACEHOLDER = "PROXY_MANAGED"
IN_CC_SWITCH = "in CC Switch"
MANAGED_TYPES = {
    "github_copilot": "GitHub Copilot",
    "codex_oauth": "ChatGPT Codex",
    "xai_oauth": "xAI",
}
MANAGED_PLACES = {"githubcopilot.com": "GitHub Copilot", "chatgpt.com/backend-api/codex": "ChatGPT Codex"}
CLOUDS = {
    "CLAUDE_CODE_USE_BEDROCK": "Amazon Bedrock",
    "CLAUDE_CODE_USE_VERTEX": "Google Vertex AI",
    "CLAUDE_CODE_USE_FOUNDRY": "Microsoft Foundry",
}
PROXY_KEYS = ("OPENROUTER_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY")
KEYS = (*CREDENTIALS, *PROXY_KEYS)
ROOT_KEYS = ("apiKey", "api_key")
OWN_LOGIN = ("", "https://api.anthropic.com")
"""Endpoints at which a profile without a credential means the user's own login."""

_TEMPLATE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_OFF = ("", "0", "false")


@dataclass(frozen=True, repr=False)
class Case:
    """What is judged; it holds secrets, so it has no repr."""

    official: bool
    raw: object
    """The row's settings as stored."""
    meta: Settings
    whole: Settings
    """The effective settings."""
    env: Mapping[str, str]
    url: str = ""
    """The endpoint as written, without what surrounds it."""
    is_plain: bool = False
    """Whether the endpoint has nothing in it but scheme, host, port and path."""
    key: tuple[str, str] = ("", "")
    """Name and value of its credential; two empty texts if there is none."""
    used: Mapping[str, str] = field(default_factory=dict)
    """The part of the environment that a worker depends on."""
    odd: tuple[str, ...] = ()
    """Names of variables that no process can be given."""
    place: str = IN_CC_SWITCH
    """Where its owner can correct it."""


def refusal(case: Case) -> str | None:
    """The first reason why not, with what to do; null when it can be launched."""
    for check in CHECKS:
        if reason := check(case):
            return reason
    return None


def credential(env: Mapping[str, str]) -> tuple[str, str]:
    """Name and value of the first credential that is not empty; two empty texts if there is none."""
    for name in CREDENTIALS:
        if value := env.get(name, "").strip():
            return name, value
    return "", ""


def base_url(env: Mapping[str, str]) -> str:
    """The endpoint as written, without what surrounds it."""
    return env.get(BASE_URL, "").strip().rstrip("/")


def api_format(raw: Settings, meta: Settings) -> str:
    """The protocol that the provider's endpoint speaks."""
    declared = meta.get("apiFormat")
    if isinstance(declared, str):
        return declared.strip() or "anthropic"
    legacy = raw.get("api_format")
    if isinstance(legacy, str):
        return legacy.strip() or "anthropic"
    return "openai_chat" if _truthy(raw.get("openrouter_compat_mode")) else "anthropic"


def _shape(case: Case) -> str | None:
    if not isinstance(case.raw, dict):
        return f"its settings are not a JSON object; save them again {case.place}"
    if not isinstance(case.whole.get("env", {}), dict):
        return f"its `env` is not a JSON object; correct it {case.place}"
    return None


def _managed(case: Case) -> str | None:
    if case.official:
        return None
    kind = case.meta.get("providerType")
    binding = case.meta.get("authBinding")
    owner = MANAGED_TYPES.get(kind) if isinstance(kind, str) else None
    for place, name in MANAGED_PLACES.items():
        owner = owner or (name if place in case.url else None)
    if owner is None and isinstance(binding, dict) and binding.get("source") == "managed_account":
        owner = "another service"
    if owner is None:
        return None
    return (
        f"it signs in with a {owner} account that only CC Switch's own proxy can use; "
        "choose a provider with an API key"
    )


def _cloud(case: Case) -> str | None:
    if CLOUDS.keys().isdisjoint(case.env):
        return None
    cloud = next((name for key, name in CLOUDS.items() if case.env.get(key, "").strip().lower() not in _OFF), None)
    if cloud is None:
        return None
    if any(_filled(case.whole.get(key)) for key in ROOT_KEYS):
        return (
            f"its {cloud} key stands outside `env` (root apiKey), where Claude Code does not look; "
            "choose a provider with an Anthropic-compatible endpoint"
        )
    return (
        f"it runs on {cloud}, whose requests cannot be metered; "
        "choose a provider with an Anthropic-compatible endpoint"
    )


def _full_url(case: Case) -> str | None:
    if case.official or case.meta.get("isFullUrl") is not True:
        return None
    return (
        "its address is a full request URL, which only CC Switch's proxy can call; "
        "enter the base URL and switch full-URL mode off"
    )


def _format(case: Case) -> str | None:
    assert isinstance(case.raw, dict)
    spoken = api_format(case.raw, case.meta)
    if case.official or spoken == "anthropic":
        return None
    return (
        f"its endpoint speaks {spoken[:40]!r} instead of Anthropic's protocol; "
        "use the vendor's Anthropic-compatible endpoint, or a gateway that translates"
    )


def _placeholder(case: Case) -> str | None:
    if PLACEHOLDER not in [case.env[name].strip() for name in KEYS if name in case.env]:
        return None
    return (
        f"its credential is CC Switch's placeholder {PLACEHOLDER}, left by a proxy takeover; "
        "end the takeover in CC Switch, or enter the key again"
    )


def _template(case: Case) -> str | None:
    for name, value in case.used.items():
        if "${" in value and (found := _TEMPLATE.search(value)):
            return f"{name} still holds the template ${{{found[1]}}}; fill it in {case.place}"
    return None


def _address(case: Case) -> str | None:
    if not case.url or case.is_plain:
        return None
    # the address is not quoted: what is wrong with it may be a credential inside
    return (
        f"its {BASE_URL} is not a plain http(s) address without user, query and fragment; correct it {case.place}"
    )


def _credential(case: Case) -> str | None:
    name, value = case.key
    if name:
        broken = not value.isascii() or not value.isprintable() or " " in value
        return f"its {name} cannot be sent as a header; enter the key again" if broken else None
    if _filled(case.whole.get("apiKeyHelper")):
        return f"its key comes from an apiKeyHelper command, which is not run; enter the key {case.place}"
    elsewhere = [key for key in PROXY_KEYS if case.env.get(key, "").strip()]
    elsewhere += [f"root {key}" for key in ROOT_KEYS if _filled(case.whole.get(key))]
    if elsewhere:
        return f"its key stands in {elsewhere[0]}, which only CC Switch's proxy reads; move it to {BEARER}"
    if case.url in OWN_LOGIN:
        return None
    return (
        "it has a base URL but no credential, so Claude Code would send the user's own login there; "
        f"enter a key {case.place} (any text as {BEARER} if the endpoint needs none)"
    )


CHECKS: tuple[Callable[[Case], str | None], ...] = (
    _shape,
    _managed,
    _cloud,
    _full_url,
    _format,
    _placeholder,
    _template,
    _address,
    _credential,
)
"""In the order in which their reasons explain most."""

DEPENDED_ON = (BASE_URL, *CREDENTIALS, *ROUTED)
"""Variables in which a template left over makes a profile useless."""


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _truthy(value: object) -> bool:
    match value:
        case bool():
            return value
        case int() | float():
            return value != 0
        case str():
            return value.strip().lower() in ("true", "1")
    return False
