"""Files of projects whose commands their owner trusts, each by its path and exactly as it stands."""

import hashlib
import os
import re
from collections.abc import Mapping

from ccorch.config.layers import default_user_dir
from ccorch.errors import ConfigInvalid

TRUSTED = "trusted.yaml"
"""File in the owner's own folder: absolute paths, each with the sha256 of what it may hold."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def place() -> str:
    """Where the owner says what they trust."""
    return str(default_user_dir() / TRUSTED)


def hint(path: str) -> str:
    """What lets a file's commands through."""
    return (
        "put them into your own ~/.config/ccorch, pass checks.commands=[…], or trust the file as it stands: a line "
        f"`{os.path.realpath(path)}: HASH` in {place()}, HASH being what `sha256sum` says of it"
    )


def is_trusted(path: str, text: str) -> bool:
    """Whether the owner trusts the commands of this file with exactly this text."""
    wanted = _known().get(os.path.realpath(path))
    return wanted == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def problems() -> tuple[str, ...]:
    """What is wrong with the owner's file."""
    try:
        _known()
    except ConfigInvalid as problem:
        return problem.problems or (problem.message,)
    return ()


def _known() -> Mapping[str, str]:
    try:
        with open(place(), encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigInvalid(f"{place()} cannot be read: {problem}", hint="mend that file of the owner") from problem
    from ccorch.config.reading import parse  # brings a YAML parser

    document = parse(text, place())
    wrong = tuple(
        f"{document.at((path,))}: {path!r} must be an absolute path with a sha256 in hex"
        for path, mark in document.data.items()
        if not os.path.isabs(str(path)) or not isinstance(mark, str) or not _SHA256.fullmatch(mark)
    )
    if wrong:
        raise ConfigInvalid(wrong[0], problems=wrong, hint="`sha256sum FILE` gives the hash")
    return {os.path.realpath(path): mark for path, mark in document.data.items()}
