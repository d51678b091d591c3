"""What no message repeats: where an endpoint is described, the credential itself may stand by mistake."""

from typing import Any

from ccorch.config.document import Path
from ccorch.rules.plain import beginning

REFERENCES = "{env: NAME}, {file: PATH}, {command: [PROGRAM, WORD]} or {keyring: {service: NAME, username: NAME}}"
"""What may stand at `auth`."""

_SHOWN = 80
_LONGEST_KEY = 20


def is_private(path: Path) -> bool:
    """Whether an endpoint of the user's own stands there, in the composed config or in an option's own file."""
    match path:
        case ("profiles",) | ("profiles", "native" | "litellm", *_) | ("native" | "litellm", *_):
            return True
    return False


def got(path: Path, value: Any) -> str:
    """What stands there, as the end of a sentence; where it is not repeated, what belongs there."""
    if not is_private(path):
        shown = repr(value)
        return f" (got {beginning(shown, _SHOWN)})"
    if "auth" in path:
        return f"; a credential is only referred to: {REFERENCES} (what stands there is not repeated)"
    return " (what stands there is not repeated)"


def named(path: Path) -> Path:
    """The path as it may be told: a long key below `auth` may be a credential."""
    hidden = is_private(path) and "auth" in path[:-1] and len(str(path[-1])) > _LONGEST_KEY
    return (*path[:-1], "…") if hidden else path


def word(text: str) -> str:
    """An override as it was typed, without the value of a key that is private."""
    key, equals, _ = text.partition("=")
    path = tuple(key.lstrip("+~").split("."))
    return f"{key}=…" if equals and is_private(path) else text
