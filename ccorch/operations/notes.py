"""The verb that writes something down about a run: words, and what its controller has spent itself."""

import re

from ccorch.errors import ArgumentInvalid
from ccorch.operations import which
from ccorch.operations.house import House
from ccorch.schema.base import Value
from ccorch.schema.noted import LONGEST_NOTE, Noted
from ccorch.schema.steering import NoteRequest

LONGEST_MODEL = 100
_MODEL = re.compile(rf"[A-Za-z0-9~@<][ -~]{{0,{LONGEST_MODEL - 1}}}")


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
    check(request)
    told = {name: value for name, value in request.model_dump().items() if name != "run"}
    run = which.to_change(house, request.run)
    house.engine.note(run, Noted(by=house.by, who=house.who, **told))
    return NoteReply(run_id=run, **told)


def check(request: NoteRequest) -> None:
    """Raise ArgumentInvalid for a note that says nothing, is too long or names no model."""
    if not request.text and request.controller_tokens is None and request.controller_usd is None:
        hint = "give words, controller tokens or controller US dollars"
        raise ArgumentInvalid("there is nothing to note", hint=hint)
    if len(request.text) > LONGEST_NOTE:
        raise ArgumentInvalid(
            f"the note has {len(request.text)} characters, {LONGEST_NOTE} are the most",
            hint="keep what is longer in a file, and name that",
        )
    model = request.controller_model
    if model is not None and not _MODEL.fullmatch(model):
        said = f"controller_model {model[:LONGEST_MODEL]!r} is no model's name"
        raise ArgumentInvalid(said, hint=f"a name has at most {LONGEST_MODEL} printable signs, no dash first")
