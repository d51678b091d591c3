"""What tests of profile sources share."""

import json
from pathlib import Path
from typing import Any

from ccorch.adapters.profiles import ProfileFiles
from ccorch.schema.profile import Profile, Profiles
from ccorch.schema.run import Launch

CANARY = "sk-canary-0123456789abcdef"
NOTHING = {"scripted": False, "env": False, "ccswitch": False, "ccs": False, "router": False}


def sources(**more: Any) -> Profiles:
    """Only these sources."""
    return Profiles(**{**NOTHING, **more})


def files(home: Path, **environment: str) -> ProfileFiles:
    """Profiles as a caller with this home sees them."""
    return ProfileFiles({"HOME": str(home), "PATH": "/usr/bin:/bin", **environment}, lambda: "scripted")


def settings(path: Path, url: str = "https://example.invalid/anthropic", **env: Any) -> Path:
    """A plain Claude settings file with a credential that is a canary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"env": {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": CANARY, **env}}
    path.write_text(json.dumps(whole, ensure_ascii=False))
    return path


def by_name(profiles: tuple[Profile, ...]) -> dict[str, Profile]:
    """The profiles by their names, none of which two have."""
    named = {profile.name: profile for profile in profiles}
    assert len(named) == len(profiles)
    return named


def launch(secrets: dict[str, str] | None = None) -> Launch:
    """A caller's side with these secrets."""
    return Launch(project="/", claude=None, environment={}, secrets=secrets or {})
