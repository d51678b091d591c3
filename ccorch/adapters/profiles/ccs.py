"""The profiles and accounts that the user keeps in ccs: settings files, and logins with folders of their own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ccorch.adapters.cc_switch.home import expand, read_object
from ccorch.adapters.profiles import subscription
from ccorch.adapters.profiles.made import made
from ccorch.adapters.profiles.settings import login
from ccorch.adapters.profiles.settings_file import profile_of, secret_of
from ccorch.adapters.profiles.yaml_file import read_mapping
from ccorch.config.layers import home_or_nowhere
from ccorch.errors import ProfileUnusable
from ccorch.schema.profile import Profile

PROFILE, ACCOUNT = "ccs:", "ccs-account:"
"""Beginnings of ids: ccs may have a profile and an account of one name."""


class Ccs:
    """One look at ccs's folder; it is read and never changed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._home = home_or_nowhere(environment)
        self._folder = _folder(environment, self._home)

    def profiles(self) -> tuple[Profile, ...]:
        """Settings profiles and accounts in ccs's order; a file that cannot be read is one with the reason."""
        content, problem = self._content()
        if problem:
            return (made(name="ccs", id=PROFILE, source="ccs", unusable=problem),)
        return (*self._settings(content), *self._accounts(content))

    def secret(self, profile: Profile) -> str:
        """The credential in its settings file."""
        name = profile.key.removeprefix(PROFILE)
        path = self._path(_mapping(self._content()[0], "profiles").get(name))
        if path is None:
            raise ProfileUnusable(f"profile {name!r} is no longer in ccs")
        return secret_of(path, profile)

    def login(self, profile: Profile) -> str:
        """The config folder of an account, or of the login that Claude Code uses by itself."""
        if not profile.key.startswith(ACCOUNT):
            return str(login(self._environment))
        name = profile.key.removeprefix(ACCOUNT)
        accounts = _mapping(self._content()[0], "accounts")
        if name not in accounts:
            raise ProfileUnusable(f"account {name!r} is no longer in ccs")
        return str(self._instance(name, accounts[name]))

    def _content(self) -> tuple[Mapping[str, Any], str | None]:
        """config.yaml, else the config.json of older versions."""
        newer, problem = read_mapping(self._folder / "config.yaml")
        if newer is not None or problem:
            return newer or {}, problem
        older, problem = read_object(self._folder / "config.json")
        return older or {}, problem

    def _settings(self, content: Mapping[str, Any]) -> Iterator[Profile]:
        for name, entry in _mapping(content, "profiles").items():
            path = self._path(entry)
            if path is None:
                why = "ccs names no settings file for it; `ccs api list` shows what it has"
                yield made(name=name, id=PROFILE + name, source="ccs", unusable=why)
                continue
            folder = login(self._environment)
            yield profile_of(path, name=name, id=PROFILE + name, source="ccs", login=folder)

    def _accounts(self, content: Mapping[str, Any]) -> Iterator[Profile]:
        accounts = _mapping(content, "accounts")
        if not accounts:
            return
        from ccorch.rules.cc_switch import ALIASES

        for name, entry in accounts.items():
            folder = self._instance(name, entry)
            gone = (
                None if folder.is_dir() else f"its login folder {folder} does not exist; `ccs auth create {name}`"
            )
            yield made(
                name=name,
                id=ACCOUNT + name,
                source="ccs",
                kind="subscription",
                models=ALIASES,
                unusable=gone or subscription.refusal(folder),
            )

    def _path(self, entry: object) -> Path | None:
        """Of version 13, of version 6, and of the older file."""
        named = (entry.get("settings_file") or entry.get("settings")) if isinstance(entry, dict) else entry
        return self._folder / expand(named, self._home) if isinstance(named, str) and named else None

    def _instance(self, name: str, entry: object) -> Path:
        named = entry.get("config_dir") if isinstance(entry, dict) else None
        if isinstance(named, str) and named:
            return self._folder / expand(named, self._home)
        return self._folder / "instances" / name


def _folder(environment: Mapping[str, str], home: Path) -> Path:
    """As ccs finds it: CCS_DIR, else `.ccs` below CCS_HOME or the user's home."""
    if named := environment.get("CCS_DIR", "").strip():
        return expand(named, home)
    return expand(environment.get("CCS_HOME", "").strip() or str(home), home) / ".ccs"


def _mapping(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = content.get(key)
    return {str(name): entry for name, entry in found.items()} if isinstance(found, dict) else {}
