"""Who calls: what a client says of itself with a call; its own word, good for the record and for more care."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ccorch.rules.plain import line

LONGEST_NAME = 100
"""Letters of what a client says that are kept."""

CALLS = ("callId", "claudecode/toolUseId")
"""Where clients put their own id of a call."""

TURN = "x-codex-turn-metadata"
READ_ONLY = "read-only"


@dataclass(frozen=True)
class Caller:
    """A client and its call."""

    name: str = ""
    call: str = ""
    sandbox: str = ""

    @property
    def is_confined(self) -> bool:
        """Whether the client says that it may only read."""
        return self.sandbox == READ_ONLY


def caller(context: Any) -> Caller:
    """What the context of a call tells; nothing where there is none."""
    if context is None:
        return Caller()
    told = context.session.client_params
    meta = context.request_context.meta or {}
    return Caller(
        name=_kept(told.client_info.name) if told else "",
        call=next((_kept(meta[key]) for key in CALLS if meta.get(key)), ""),
        sandbox=_kept(_turn(meta.get(TURN)).get("sandbox_mode")),
    )


def _turn(said: Any) -> Mapping[str, Any]:
    """What Codex says of its turn, which it sends as an object or as its text."""
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except ValueError:
            return {}
    return said if isinstance(said, Mapping) else {}


def _kept(said: Any) -> str:
    return line(said)[:LONGEST_NAME] if isinstance(said, str) else ""
