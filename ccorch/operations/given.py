"""Files that a caller names, read to a bound: what has no end, as a device, fills no memory."""

from pathlib import Path

from ccorch.errors import ArgumentInvalid
from ccorch.rules.amounts import size

MOST_BYTES = 64 << 20
"""Of a plan, a handoff or a diff."""


def given(path: Path, what: str, most: int = MOST_BYTES) -> bytes:
    """What the file holds; `what` it is meant to be stands in the error. Raises OSError and ArgumentInvalid."""
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ArgumentInvalid(f"{what} {str(path)!r} is larger than {size(most)}")
    return content
