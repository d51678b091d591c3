"""The last turn of a worker whose budget is spent: its handoff, paid from what is kept for that."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccorch.adapters.claude_code.message import message
from ccorch.adapters.process import attempt as shim
from ccorch.ports import Block

NAME = "last_turn.json"
"""File of the message; it is there once and says that the last turn has been asked for."""

WORDS = (
    "Your budget is spent. Use no other tool: give your handoff now, from what you know, and say in it what is "
    "left undone."
)


def is_due(result: Mapping[str, Any]) -> bool:
    """Whether a turn ended because the gateway refused to pay for more."""
    return result.get("api_error_status") == 402


def was_asked(folder: Path) -> bool:
    """Whether the worker of this attempt was asked for it."""
    return (folder / NAME).exists()


def ask(folder: Path) -> bool:
    """Ask for the handoff; False when the worker does not listen any more."""
    return shim.say(folder, message((Block(text=WORDS),)), name=NAME)
