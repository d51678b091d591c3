"""How things are named, and that a name is safe to become part of a path."""

from typing import Annotated

from pydantic import StringConstraints

NODE_ID = r"^[a-z0-9][a-z0-9_.-]{0,99}$"
"""What a node's id looks like."""

NodeId = Annotated[str, StringConstraints(pattern=NODE_ID)]
"""A node's id within its plan: lower case, digits, dot, dash and underscore."""

RunId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""A run's id: 64 random bits in hex; unique beginnings of at least four digits stand for it."""

SHORT = 8
"""Digits of a run's id in what people read and type."""

OptionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
"""The name of an option of a config group."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A sha256 in hex."""


def short_id(run: str) -> str:
    """A run's id as people read and type it: commands take it while no other run begins alike."""
    return run[:SHORT]
