"""Bookkeeping whose failure is told and must not end the daemon."""

import traceback
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def never_fatal(said: str) -> Iterator[None]:
    """A problem inside is told in the daemon's log and harms nothing else."""
    try:
        yield
    except Exception:  # bookkeeping must not undo what is in the log, nor end the daemon
        print(f"{said}:", flush=True)
        traceback.print_exc()


async def told(work: Coroutine[Any, Any, None]) -> None:
    """Do it; a problem is told in the daemon's log."""
    with never_fatal("housekeeping failed"):
        await work
