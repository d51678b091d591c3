"""The checkpoints of a run, as the daemon wrote them down while it was under way."""

from pydantic import ValidationError

from ccorch.operations.house import House
from ccorch.schema.base import Many, Value
from ccorch.schema.checkpoint import Checkpoint
from ccorch.schema.status import RunStatus
from ccorch.views.checkpoint import FILE

MOST_BYTES = 64_000
"""Bytes from the end of the file that are read: the latest ones, whatever there is."""


class CheckpointsReply(Value):
    """The latest checkpoints of a run."""

    run_id: str
    """Id of the run."""
    status: RunStatus
    """Its state."""
    checkpoints: Many[Checkpoint]
    """Oldest first."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


def checkpoints(house: House, run: str, most: int) -> tuple[Checkpoint, ...]:
    """The latest of them; lines that are torn or no checkpoints are left out."""
    size = (house.library.part(run, FILE, 0, 0) or (b"", 0))[1]
    start = max(size - MOST_BYTES, 0)
    content = (house.library.part(run, FILE, start, MOST_BYTES) or (b"", 0))[0]
    found: dict[int, Checkpoint] = {}
    for text in content.splitlines()[bool(start) :]:
        try:
            one = Checkpoint.model_validate_json(text)
        except ValidationError:
            continue
        found[one.seq] = one  # whoever took over may have told the same again
    return tuple(found.values())[-most:] if most else ()
