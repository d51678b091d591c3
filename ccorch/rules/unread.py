"""Names of folders below which Claude Code has its tools read nothing: on Windows they could mean other ones.

Found in Claude Code 2.1.332 and 2.1.248, and tried: it would ask a person there, and a worker has none to ask.
"""

import re

_PART = re.compile(r"[/\\]")
_SHORT_NAME = re.compile(r"~\d")
_LOST_END = re.compile(r"[.\s]$")


def unread_part(folder: str) -> str | None:
    """The first such part of an absolute path, as it is written there; nothing where the path can be read.

    A backslash ends a part too: `a \\b` holds `a `, whose blank Windows would drop.
    """
    parts = (part for part in _PART.split(folder) if part not in ("", ".", ".."))
    return next((part for part in parts if _SHORT_NAME.search(part) or _LOST_END.search(part)), None)
