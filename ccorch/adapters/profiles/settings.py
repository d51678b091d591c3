"""Plain Claude settings files that the configuration names, as paths or globs."""

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ccorch.adapters.cc_switch.home import expand
from ccorch.adapters.profiles.made import made
from ccorch.adapters.profiles.settings_file import profile_of, secret_of
from ccorch.config.layers import home_or_nowhere
from ccorch.schema.profile import Profile


def profiles(patterns: Sequence[str], environment: Mapping[str, str]) -> tuple[Profile, ...]:
    """Each file once, named as it is without its ending; its id is its path."""
    home = home_or_nowhere(environment)
    paths = dict.fromkeys(path for pattern in patterns for path in _paths(str(expand(pattern, home))))
    return tuple(_profile(path, login(environment)) for path in paths)


def secret(profile: Profile) -> str:
    """The credential in its file."""
    assert profile.id is not None
    return secret_of(Path(profile.id), profile)


def login(environment: Mapping[str, str]) -> Path:
    """Folder of the login that Claude Code uses by itself."""
    named = environment.get("CLAUDE_CONFIG_DIR", "").strip()
    return expand(named or "~/.claude", home_or_nowhere(environment))


def _paths(pattern: str) -> Iterator[str]:
    """The files of a glob in the order of their names; a path stands for itself, there or not."""
    whole = os.path.abspath(pattern)
    yield from sorted(glob.glob(whole)) if glob.has_magic(whole) and not os.path.exists(whole) else (whole,)


def _profile(path: str, login: Path) -> Profile:
    name = Path(path).stem.encode("utf-8", "replace").decode()
    if not _is_text(path):
        return made(name=name, source="settings", unusable=f"its path {path!r} is not UTF-8; rename the file")
    return profile_of(Path(path), name=name, id=path, source="settings", login=login)


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
