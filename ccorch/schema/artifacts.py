"""What a caller can ask about the files of a run: list them, and read one."""

from typing import Annotated

from pydantic import Field

from ccorch.schema.base import Value

MOST_LINES = 2_000
"""Most lines of one reading."""


class Left(Value):
    """What a run has left in its folder."""

    files: int
    """How many files."""
    bytes: int
    """Their sizes together."""


class ArtifactListRequest(Value):
    """List the files of a run with size and sha256."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run."""
    glob: Annotated[str, Field(max_length=200)] = ""
    """Only paths that match, such as nodes/*/*/handoff.json; * stands for any letters."""
    cursor: str | None = None
    """next_cursor of the last page."""


class ArtifactReadRequest(Value):
    """Read lines of a file of a run."""

    run: str
    """Run id or a unique beginning of it."""
    path: Annotated[str, Field(min_length=1, max_length=1_000)]
    """Path as it is listed."""
    start: Annotated[int, Field(ge=1)] = 1
    """First line."""
    lines: Annotated[int, Field(ge=1, le=MOST_LINES)] = 200
    """Most lines, 2000 at most."""
    grep: Annotated[str, Field(max_length=200)] = ""
    """Only lines that hold this text; no pattern, in any case of letters."""
