"""Where CC Switch keeps its files on this machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccorch.adapters.cc_switch.database import is_there
from ccorch.adapters.files import read_given
from ccorch.config.layers import home_or_nowhere
from ccorch.rules.cc_switch_settings import read_json

STORE = "com.ccswitch.desktop"
DATABASE = "cc-switch.db"
OLDER = "config.json"
"""What held the providers before there was a database."""

LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True)
class Home:
    """CC Switch's places."""

    data: Path
    """Folder of the database, the JSON-era file and the price file."""
    settings: Path
    """Settings of this device; they never move with the data folder."""
    user: Path
    """The home folder that `~` means."""
    warnings: tuple[str, ...] = ()
    named: bool = False
    """Whether the caller says where the data folder is."""

    @property
    def installed(self) -> bool:
        """Whether there is anything of CC Switch to read."""
        return is_there(self.data / DATABASE) or is_there(self.data / OLDER)

    @property
    def expected(self) -> bool:
        """Whether something should be there to read: its folder is there, or somebody said where it is."""
        return self.named or bool(self.warnings) or os.path.isdir(self.data)


def discover(environment: Mapping[str, str], configured: str | None = None) -> Home:
    """The configured folder, else CC_SWITCH_CONFIG_DIR, else the app's own override, else `~/.cc-switch`."""
    user = _user(environment)
    settings = user / ".cc-switch" / "settings.json"
    if named := (configured or "").strip() or environment.get("CC_SWITCH_CONFIG_DIR", "").strip():
        return Home(expand(named, user), settings, user, named=True)
    moved, warnings = _moved(environment, user)
    return Home(moved or user / ".cc-switch", settings, user, warnings)


def expand(path: str, user: Path) -> Path:
    """The path with a leading `~` replaced by the user's home."""
    if path == "~" or path.startswith(("~/", "~\\")):
        return user / path[2:]
    return Path(path)


def read_object(path: Path) -> tuple[dict[str, Any] | None, str | None]:
    """The JSON object in a file, or why there is none; both null when there is no such file."""
    content, problem = read_given(path, LIMIT)
    if content is None:
        return None, problem
    try:
        found = read_json(content.decode("utf-8-sig"))
    except ValueError:
        found = None  # neither text nor problem is quoted: the file may hold passwords
    return (found, None) if isinstance(found, dict) else (None, f"{path} does not hold a JSON object")


def _user(environment: Mapping[str, str]) -> Path:
    named = environment.get("CC_SWITCH_TEST_HOME", "").strip() or environment.get("HOME", "").strip()
    return Path(named) if named else home_or_nowhere(environment)


def _moved(environment: Mapping[str, str], user: Path) -> tuple[Path | None, tuple[str, ...]]:
    """The folder chosen inside the app, if it still exists."""
    for store in _stores(environment, user):
        content, problem = read_object(store / STORE / "app_paths.json")
        if problem:
            return None, (problem,)
        named = (content or {}).get("app_config_dir_override")
        if not isinstance(named, str) or not named.strip():
            continue
        path = expand(named.strip(), user)
        if os.path.exists(path):
            return path, ()
        return None, (f"CC Switch's own folder {path} does not exist; its default folder is read",)
    return None, ()


def _stores(environment: Mapping[str, str], user: Path) -> tuple[Path, ...]:
    data = environment.get("XDG_DATA_HOME", "").strip()
    linux = Path(data) if data.startswith("/") else user / ".local" / "share"
    return linux, user / "Library" / "Application Support"
