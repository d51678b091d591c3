"""One further turn, in the same session, for a worker whose handoff is missing or invalid."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccorch.adapters.claude_code.message import message
from ccorch.adapters.process import attempt as shim
from ccorch.ports import Block
from ccorch.rules.mending import words_for
from ccorch.schema.handoff import check
from ccorch.schema.role import Role

HOLD_SECONDS = 60.0
"""How long a worker that owes a handoff waits after its result for what is said about it; a daemon may be slow."""

NAME = "repair.json"
"""File of the message; it is there once and says that the one repair has been asked for."""


def problems(role: Role, result: Mapping[str, Any]) -> tuple[str, ...]:
    """What is wrong with the handoff of a result; nothing when it is accepted or the attempt has failed anyway."""
    if role.handoff is None or result.get("is_error") is not False or result.get("subtype") != "success":
        return ()
    handoff = result.get("structured_output")
    return check(role.handoff, handoff if isinstance(handoff, dict) else None, role.name)[1]


def was_asked(folder: Path) -> bool:
    """Whether the worker of this attempt was asked before."""
    return (folder / NAME).exists()


def ask(folder: Path, found: tuple[str, ...]) -> bool:
    """Ask the worker to mend its handoff; False when it does not listen any more."""
    return shim.say(folder, message((Block(text=words_for(found)),)), name=NAME)
