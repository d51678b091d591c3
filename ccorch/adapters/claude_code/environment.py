"""Everything a worker's process is given: an exact environment and a settings file that pins it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccorch.adapters.claude_code.command import permissions
from ccorch.adapters.claude_code.sandbox import sandbox
from ccorch.errors import ProfileUnusable
from ccorch.ports import WorkOrder
from ccorch.rules.passing import NO_PROXIES, PASSED
from ccorch.rules.pricing import is_alias
from ccorch.rules.unpassable import why_not_passed
from ccorch.schema.profile import Profile

FOLDERS = ("home", "claude-config", "tmp", "run")
"""Folders of an attempt that stand in for the caller's own."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Hosts that a worker reaches without a proxy, whatever the caller's NO_PROXY says."""

FIXED = {
    # Six tries bridge about fifteen seconds without a gateway.
    "CLAUDE_CODE_MAX_RETRIES": "6",
    # A broken stream would be asked again without streaming and paid twice.
    "CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1",
    # A background shell keeps the process alive after its result.
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    # The attribution block changes with the prompt and so breaks a shared cache prefix.
    "CLAUDE_CODE_ATTRIBUTION_HEADER": "0",
    "CLAUDE_ENABLE_BYTE_WATCHDOG": "1",
    "CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS": "180000",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    # Deferred tools are unknown to most endpoints, and no worker has so many tools.
    "ENABLE_TOOL_SEARCH": "false",
    # The project's own git settings may name programs; what git runs in a worker is not theirs to choose.
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_COUNT": "4",
    "GIT_CONFIG_KEY_0": "core.fsmonitor",
    "GIT_CONFIG_VALUE_0": "false",
    "GIT_CONFIG_KEY_1": "core.hooksPath",
    "GIT_CONFIG_VALUE_1": "/dev/null",
    "GIT_CONFIG_KEY_2": "core.pager",
    "GIT_CONFIG_VALUE_2": "cat",
    "GIT_CONFIG_KEY_3": "core.sshCommand",
    "GIT_CONFIG_VALUE_3": "false",
}

_MODEL_NAMES = tuple(f"ANTHROPIC_DEFAULT_{tier}_MODEL" for tier in ("FABLE", "HAIKU", "OPUS", "SONNET"))
MODELS = ("ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL", "CLAUDE_CODE_SUBAGENT_MODEL", *_MODEL_NAMES)
"""Every variable by which some request could be sent to another model."""

PLACE = ("ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN")
"""Where the gateway is and the token for it; blank where the user's own login leads requests."""

_CLOUDS = ("ANTHROPIC_AWS", "ANTHROPIC_GOOGLE_CLOUD", "BEDROCK", "FOUNDRY", "GATEWAY", "MANTLE", "VERTEX")
MANAGED = (
    *("ANTHROPIC_API_KEY", "ANTHROPIC_CUSTOM_HEADERS", "ANTHROPIC_BETAS", "ANTHROPIC_UNIX_SOCKET"),
    *("ANTHROPIC_PROFILE", "ANTHROPIC_CONFIG_DIR", "ANTHROPIC_FEDERATION_RULE_ID", "ANTHROPIC_IDENTITY_TOKEN"),
    *("ANTHROPIC_IDENTITY_TOKEN_FILE", "ANTHROPIC_SERVICE_ACCOUNT_ID", "ANTHROPIC_ORGANIZATION_ID"),
    *("ANTHROPIC_WORKSPACE_ID", "ANTHROPIC_REASONING_MODEL", "ANTHROPIC_CUSTOM_MODEL_OPTION"),
    *("ANTHROPIC_BEDROCK_BASE_URL", "ANTHROPIC_VERTEX_BASE_URL", "ANTHROPIC_VERTEX_PROJECT_ID"),
    *("ANTHROPIC_FOUNDRY_BASE_URL", "ANTHROPIC_FOUNDRY_RESOURCE", "ANTHROPIC_FOUNDRY_API_KEY"),
    *("AWS_BEARER_TOKEN_BEDROCK", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_OAUTH_REFRESH_TOKEN"),
    *("CLAUDE_CODE_GATEWAY_TOKEN", "CLAUDE_CODE_EXTRA_BODY", "CLAUDE_CODE_EFFORT_LEVEL", "CLAUDE_CODE_SIMPLE"),
    *("CLAUDE_CODE_MAX_OUTPUT_TOKENS", "CLAUDE_CODE_MAX_CONTEXT_TOKENS", "CLAUDE_CODE_AUTO_COMPACT_WINDOW"),
    *("CLAUDE_CODE_HTTP_PROXY", "CLAUDE_CODE_HTTPS_PROXY", "CLAUDE_CODE_PROXY_URL", "API_TIMEOUT_MS"),
    *("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS", "MAX_THINKING_TOKENS"),
    *("CLAUDE_CODE_MODEL_CAPABILITIES", "CLAUDE_CODE_DISABLE_THINKING", "CLAUDE_CODE_ENABLE_TELEMETRY"),
    *(f"{name}_NAME" for name in _MODEL_NAMES),
    *(f"CLAUDE_CODE_USE_{cloud}" for cloud in _CLOUDS),
)
"""Variables that lead requests elsewhere or change them; blanked unless this house sets them."""


def environment(order: WorkOrder, folder: Path, sockets: Path | None = None) -> dict[str, str]:
    """The worker's whole environment: nothing is inherited that is not named here.

    `sockets` is a folder with a short name, for a sandbox: the name of a socket has 107 bytes at most.
    """
    passed = _passed(order.launch.environment, order.profile)
    room = {"TMPDIR": str(sockets)} if sockets else {}
    return {**passed, **order.environment, **_folders(folder), **room, **_login(order), **pinned(order)}


def settings(order: WorkOrder) -> dict[str, Any]:
    """The settings file: what is pinned, again, and every other managed variable blank."""
    env = {**dict.fromkeys((*PLACE, *MANAGED), ""), **pinned(order)}
    return {
        "env": env,
        "apiKeyHelper": "",
        "disableAllHooks": True,
        "autoMemoryEnabled": False,
        "includeCoAuthoredBy": False,
        "permissions": permissions(order.node),
        **sandbox(order),
    }


def pinned(order: WorkOrder) -> dict[str, str]:
    """The variables that decide where requests go, as whom, to which model and in which form."""
    return {
        **order.profile.tuning,
        **FIXED,
        **_place(order),
        **_models(order),
        **_capabilities(order.profile),
    }


def _place(order: WorkOrder) -> dict[str, str]:
    if not order.profile.needs_gateway:
        return {}
    if order.seat is None:
        raise ProfileUnusable(f"profile {order.profile.name!r} has no place at the gateway for {order.id}")
    return dict(zip(PLACE, (order.seat.base_url, order.seat.token), strict=True))


def _login(order: WorkOrder) -> dict[str, str]:
    """Where the user's own login is kept: the only folder of the caller's that a worker is given."""
    if order.profile.needs_gateway:
        return {}
    folder = order.launch.logins.get(order.profile.key)
    if folder is None:
        raise ProfileUnusable(
            f"profile {order.profile.name!r}: the folder of its login is not known for {order.id}",
            hint="log in with `claude`, then run again",
        )
    return {"CLAUDE_CONFIG_DIR": folder}


def _models(order: WorkOrder) -> dict[str, str]:
    model = order.node.route.model
    pinned = dict.fromkeys(MODELS, model)
    if is_alias(model):
        # the name would be sent as it stands; left blank, Claude Code puts its own model in its place
        pinned |= dict.fromkeys(_MODEL_NAMES, "")
    return pinned


def _capabilities(profile: Profile) -> dict[str, str]:
    if not profile.capabilities_off:
        return {}
    off = {"CLAUDE_CODE_MODEL_CAPABILITIES": "*=" + ",".join(f"-{name}" for name in profile.capabilities_off)}
    if "adaptive_thinking" in profile.capabilities_off:
        # Without it the older form of thinking, with a fixed budget, would be asked for.
        off["CLAUDE_CODE_DISABLE_THINKING"] = "1"
    return off


def _passed(caller: Mapping[str, str], profile: Profile) -> dict[str, str]:
    own = [name for name in profile.passes if why_not_passed(name) is None]
    kept = {name: value for name, value in caller.items() if name in PASSED or name in own}
    asked = [host for name in NO_PROXIES for host in caller.get(name, "").split(",") if host.strip()]
    direct = ",".join(dict.fromkeys([*(host.strip() for host in asked), *LOOPBACK]))
    return {**kept, "NO_PROXY": direct, "no_proxy": direct}


def _folders(folder: Path) -> dict[str, str]:
    home, config, temporary, runtime = (str(folder / name) for name in FOLDERS)
    private = {"HOME": home, "CLAUDE_CONFIG_DIR": config, "XDG_RUNTIME_DIR": runtime}
    return {**private, "CLAUDE_CODE_TMPDIR": temporary, "TMPDIR": temporary}
