"""The breakers that are not closed, in a file of the state folder: no workspace that is deleted closes one."""

import sys
from pathlib import Path

from pydantic import ValidationError

from ccorch.adapters.files import read_limited, write_private
from ccorch.errors import RunCorrupt, WorkspaceUnwritable
from ccorch.schema.breaker import Breaker, Breakers

LARGEST = 4 * 1024 * 1024


def read_breakers(path: Path) -> tuple[Breaker, ...]:
    """The breakers that were kept; none where the file is missing or says nothing that can be understood."""
    try:
        return Breakers.model_validate_json(read_limited(path, LARGEST)).breakers
    except (OSError, RunCorrupt, ValidationError):
        return ()


def keep_breakers(path: Path, breakers: tuple[Breaker, ...]) -> None:
    """Keep them whole or not at all; where that is impossible this daemon still knows them."""
    try:
        write_private(path, Breakers(breakers=breakers).model_dump_json().encode())
    except WorkspaceUnwritable as problem:
        print(f"breakers cannot be kept beyond a restart: {problem.message}", file=sys.stderr, flush=True)
