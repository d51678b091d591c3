"""One plain Claude settings file as a profile, judged by the rules that CC Switch's providers are judged by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.adapters.cc_switch.home import read_object
from ccorch.adapters.profiles.made import made, translated
from ccorch.errors import ProfileUnusable
from ccorch.schema.profile import Profile, ProfileSource

if TYPE_CHECKING:
    from ccorch.rules.cc_switch import Reading


def profile_of(path: Path, *, name: str, id: str, source: ProfileSource, login: Path) -> Profile:
    """The profile; of a file that cannot be read, one with the reason. `login` is where its login would lie."""
    try:
        return translated(_reading(path, name, id, login).profile, source)
    except ProfileUnusable as problem:
        return made(name=name, id=id, source=source, unusable=problem.message)


def secret_of(path: Path, profile: Profile) -> str:
    """The credential as it is now, and only for the endpoint that was planned."""
    found = _reading(path, profile.name, profile.key, path.parent)
    if found.profile.refused or not found.secret:
        why = found.profile.refused or "it has no credential any more"
        raise ProfileUnusable(f"profile {profile.name!r} ({path}) cannot be launched: {why}")
    if found.profile.base_url != profile.base_url:
        raise ProfileUnusable(
            f"{path} now leads to {found.profile.base_url}, its key is not sent to {profile.base_url}",
            hint="make a new plan",
        )
    return found.secret


def _reading(path: Path, name: str, id: str, login: Path) -> Reading:
    content, problem = read_object(path)
    if content is None:
        raise ProfileUnusable(problem or f"{path} does not exist")
    from ccorch.rules.cc_switch import Around, Row, read  # rules that only such a file is judged by

    row = Row(id=id, name=name, settings=content, meta={}, place=f"in {path}")
    return read(row, Around(login_dir=str(login)))
