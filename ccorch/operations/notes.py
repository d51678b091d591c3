"""The verb that writes something down about a run: words, and what its controller has spent itself."""

from ccorch.errors import ArgumentInvalid
from ccorch.operations import which
from ccorch.operations.house import House
from ccorch.schema.base import Value
from ccorch.schema.noted import LONGEST_NOTE, Noted
from ccorch.schema.steering import NoteRequest


class NoteReply(Value):
    """What was written down."""

    run_id: str
    """Id of the run."""
    text: str
    """The words."""
    controller_tokens: int | None
    """Tokens that were reported."""
    controller_usd: float | None
    """Money that was reported."""
    controller_model: str | None
    """Model that was named."""


def note(house: House, request: NoteRequest) -> NoteReply:
    """Write a note into the run's log."""
    told = {name: value for name, value in request.model_dump().items() if name != "run"}
    if not request.text and request.controller_tokens is None and request.controller_usd is None:
        hint = "give words, --controller-tokens or --controller-usd"
        raise ArgumentInvalid("there is nothing to note", hint=hint)
    if len(request.text) > LONGEST_NOTE:
        raise ArgumentInvalid(
            f"the note has {len(request.text)} characters, {LONGEST_NOTE} are the most",
            hint="keep what is longer in a file, and name that",
        )
    run = which.to_change(house, request.run)
    house.engine.note(run, Noted(by=house.by, who=house.who, **told))
    return NoteReply(run_id=run, **told)
