"""A bug of ours ends what it was met in, not the daemon and every other run."""

import traceback
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Bug:
    """What ccorch itself could not do."""

    told: str
    """Why what it was met in has ended."""


async def caught(work: Awaitable[T]) -> T | Bug:
    """What the work gives, or the bug that it met, of which the daemon's log has the traceback."""
    try:
        return await work
    except Exception as bug:  # every other run goes on
        traceback.print_exc()
        said = f"{type(bug).__name__}: {bug}"
        return Bug(f"a bug in ccorch ended this attempt: {said}; the daemon's log has the traceback")
