"""Places that a call names: whatever of an argument a program could take for a path, and what lies there."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator

PLAIN_DEVICES = ("/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr")
"""Places where nothing is left."""

_SIGNS, _SIGNS_AND_BLANKS = re.compile(r"([=:,;])"), re.compile(r"([=:,;\s])")


def named_paths(word: str, holds_words: bool) -> Iterator[str]:
    """The word, what follows `=`, `@` or a letter of an option, and what stands between signs such as `xml:PATH`.

    A word that holds words may give options of its own; that of a message does not.
    """
    values = [word]
    if word.startswith("-") and not word.startswith("--"):
        values.append(word[2:])
    if word.startswith("@") and not word.startswith("@~"):  # `@~1` is git's
        values.append(word[1:])
    values += [value for _, sign, value in [word.partition("=")] if sign]
    signs = _SIGNS_AND_BLANKS if holds_words else _SIGNS
    for value in values:
        pieces = signs.split(value)
        yield from (one for one in (value, pieces[0]) if one and not one.startswith("-"))
        for place in range(2, len(pieces), 2):
            before, sign, piece = pieces[place - 2 : place + 1]
            # behind `https:` stands a host, behind `file:` a path
            if piece and not (sign == ":" and piece.startswith("//") and before not in ("", "file")):
                yield piece


def places(path: str, cwd: str) -> set[str]:
    """What a path may mean: `a/link/..` is one place to the kernel and another to who tidies paths first."""
    absolute = os.path.join(cwd, path)
    return {os.path.realpath(absolute), os.path.realpath(os.path.normpath(absolute))}


def lies_elsewhere(place: str) -> bool:
    """Whether who writes to this file writes to another name of it as well."""
    try:
        about = os.lstat(place)
    except OSError:
        return False
    return stat.S_ISREG(about.st_mode) and about.st_nlink > 1


def reaches(path: str, writes: bool) -> bool:
    """Whether something is there, or could be made there by who writes; a pattern such as `/api/v1` is no place."""
    if not path.startswith("/") or os.path.lexists(path):
        return True
    above = os.path.dirname(path.rstrip("/"))
    while writes and not os.path.lexists(above):
        above = os.path.dirname(above)
    return writes and os.access(above, os.W_OK)
