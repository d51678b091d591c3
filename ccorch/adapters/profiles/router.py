"""claude-code-router's local gateway as one profile; its providers are never taken for Anthropic's endpoints."""

import re
import socket
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from ccorch.adapters.cc_switch.database import Unreadable, is_there, read, select
from ccorch.adapters.files import read_given
from ccorch.adapters.profiles.made import made
from ccorch.config.layers import home_or_nowhere
from ccorch.errors import ProfileUnusable
from ccorch.rules.cc_switch_settings import read_json
from ccorch.rules.loose_json import read_loose
from ccorch.schema.profile import Profile, ProfileModels

NAME = "router"
PORT = 3456
NO_KEY = "test"
"""What its own launcher sends where it asks for no key."""

LIMIT = 4 << 20
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "localhost": "127.0.0.1", "": "127.0.0.1"}

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)")

Config = Mapping[str, Any]


def profiles(environment: Mapping[str, str]) -> tuple[Profile, ...]:
    """The profile `router` where claude-code-router is configured."""
    try:
        config = _config(environment)
        if config is None:
            return ()
        return (
            made(
                name=NAME,
                source="router",
                base_url=_address(config),
                models=_models(config),
                unusable=_why_not(config),
            ),
        )
    except ProfileUnusable as problem:
        return (made(name=NAME, source="router", unusable=problem.message),)


def secret(profile: Profile, environment: Mapping[str, str]) -> str:
    """The gateway's key as it is now, and only for the address that was planned."""
    config = _config(environment)
    if config is None:
        raise ProfileUnusable("claude-code-router's configuration is gone")
    if _address(config) != profile.base_url:
        raise ProfileUnusable(
            f"claude-code-router now listens at {_address(config)}, its key is not sent to {profile.base_url}",
            hint="make a new plan",
        )
    return _text(config, "APIKEY") or NO_KEY


def _config(environment: Mapping[str, str]) -> Config | None:
    """Version 3's database, else the file of earlier ones; null where neither is there."""
    folder = home_or_nowhere(environment) / ".claude-code-router"
    newer = folder / "config.sqlite"
    found = _from_database(newer) if is_there(newer) else None
    found = found if found is not None else _from_file(folder / "config.json")
    return None if found is None else _filled(found, environment)


def _from_database(path: Path) -> Config | None:
    try:
        rows, keys = read(
            path,
            lambda found: (
                select(found, "app_config", ("value_json",), by={"key": "default"}),
                select(found, "api_keys", ("encrypted_key",), by={"encryption": "plain", "expires_at": ""}),
            ),
        )
        config = read_json(str(rows[0]["value_json"])) if rows else None
    except (Unreadable, ValueError) as problem:
        raise ProfileUnusable(_said(path, problem)) from None
    if not isinstance(config, dict):
        return None
    stored = next((key["encrypted_key"] for key in keys if key["encrypted_key"]), "")
    return {**config, "APIKEY": config.get("APIKEY") or stored}


def _from_file(path: Path) -> Config | None:
    content, why_not = read_given(path, LIMIT)
    if why_not:
        raise ProfileUnusable(why_not)
    if content is None:
        return None
    try:
        config = read_loose(content.decode("utf-8-sig"))
    except ValueError as problem:
        raise ProfileUnusable(_said(path, problem)) from None
    if not isinstance(config, dict):
        raise ProfileUnusable(f"{path} does not hold a JSON object")
    return config


def _said(path: Path, problem: Exception) -> str:
    """Never what the file holds."""
    return str(problem) if isinstance(problem, Unreadable) else f"{path} does not hold valid JSON"


def _filled(config: Config, environment: Mapping[str, str]) -> Config:
    """With the caller's variables in place of `$NAME` and `${NAME}`; one that is not set stays as it is."""

    def fill(value: Any) -> Any:
        match value:
            case str():
                return _VARIABLE.sub(lambda found: environment.get(found[1] or found[2], found[0]), value)
            case dict():
                return {key: fill(inner) for key, inner in value.items()}
        return value

    return {key: fill(config.get(key)) for key in ("APIKEY", "HOST", "PORT", "Router", "gateway", "profile")}


def _why_not(config: Config) -> str | None:
    if left := _VARIABLE.search(_text(config, "APIKEY")):
        return f"its APIKEY is the variable {left[1] or left[2]}, which is not set"
    if _models(config) == ProfileModels():
        return "its Router names no default model; choose one in claude-code-router, or pass model=PROVIDER,MODEL"
    return None


def _address(config: Config) -> str:
    gateway = config["gateway"] if isinstance(config["gateway"], dict) else {}
    port = config["PORT"] or gateway.get("port") or PORT
    if not re.fullmatch("[0-9]{1,5}", str(port)) or not 0 < int(port) < 65_536:
        raise ProfileUnusable("its PORT is not a port number; correct it in claude-code-router")
    # without a key it listens on loopback whatever HOST says
    named = _text(config, "HOST") or str(gateway.get("host") or "") if _text(config, "APIKEY") else ""
    host = EVERYWHERE.get(named, named)
    if not _is_here(host):
        # not quoted: a variable may stand there by mistake
        raise ProfileUnusable("its HOST is not an address of this machine; its key is not sent there")
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_here(host: str) -> bool:
    """Whether this machine could listen there; names are not looked up."""
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
        with socket.socket(family) as trial:
            trial.bind((host, 0))
    except (ValueError, OSError):
        return False
    return True


def _models(config: Config) -> ProfileModels:
    """Of the Router's own routes, else of version 3's profile for Claude Code."""
    routes = config["Router"] if isinstance(config["Router"], dict) else {}
    default = _text(routes, "default")
    if not default:
        return _of_profile(config["profile"])
    return ProfileModels(
        strong=_text(routes, "think") or default, balanced=default, fast=_text(routes, "background") or default
    )


def _of_profile(section: object) -> ProfileModels:
    listed = section.get("profiles") if isinstance(section, dict) else None
    ours = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    for one in ours:
        if one.get("agent") == "claude-code" and one.get("enabled") is not False:
            default = _text(one, "model") or None
            strong, balanced, fast = (_text(one, f"{tier}Model") or default for tier in ("opus", "sonnet", "haiku"))
            return ProfileModels(strong=strong, balanced=balanced, fast=fast)
    return ProfileModels()


def _text(config: Config, key: str) -> str:
    value = config.get(key)
    return value.strip() if isinstance(value, str) else ""
