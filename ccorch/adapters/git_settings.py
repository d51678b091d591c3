"""Files elsewhere that the settings of a repository have git open: more settings, what it ignores, attributes."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ccorch.adapters.git_command import Git, split

NAMES = ("config", "config.worktree")
"""Files of settings in a git folder."""

_TOLD = re.compile(rb"include|excludesfile|attributesfile", re.IGNORECASE)
_MORE = r"include(if\..*)?\.path"
_KEYS = rf"^({_MORE}|core\.(excludesfile|attributesfile))$"
_MOST = 1 << 20
_DEEPEST = 10
"""How deep settings may name others, as git has it."""


def named(settings: Path, top: Path) -> Iterator[Path]:
    """Each file that these settings name, before it is opened here; git reads them at this top.

    What several settings name is read once: a circle, in which git gives up at once, would be followed for hours.
    """
    level, seen = [settings], {os.path.realpath(settings)}
    for _ in range(_DEEPEST + 1):
        more: list[Path] = []
        for one in level:
            for key, value in _told(one):
                is_more = re.fullmatch(_MORE, key, re.IGNORECASE) is not None
                path = (one.parent if is_more else top) / value
                yield path
                if is_more and (real := os.path.realpath(path)) not in seen:
                    seen.add(real)
                    more.append(path)
        level = more


def _told(settings: Path) -> Iterator[tuple[str, str]]:
    """Key and path, nothing where git could read nothing either; it is asked only where any may be named."""
    try:
        with settings.open("rb") as file:
            if not _TOLD.search(file.read(_MOST)):
                return
    except OSError:
        return
    # not at the repository: there git would follow what is named
    asked = ("config", "-z", "--no-includes", "--file", str(settings), "--type=path", "--get-regexp", _KEYS)
    for told in split(Git(Path("/")).ask(*asked).stdout):
        key, _, value = os.fsdecode(told).partition("\n")
        yield key, value
