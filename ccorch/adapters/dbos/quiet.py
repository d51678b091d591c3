"""What DBOS says, in one line each and without what is no news here."""

import logging
import sys
import time

EXPECTED = (
    "Asyncio task cancelled for workflow",
    "is not the latest version",
    "DBOS failed to launch",
    "Exception encountered in asynchronous workflow",
    "to verify existence of",
)
"""Beginnings or parts of what happens by design, or is told by us in other words."""

AGAIN_SECONDS = 60.0
"""Before that, what begins alike is not said again: DBOS tries and complains several times a second."""
_BEGINNING = 50


class _OneLine(logging.Handler):
    """Prints a warning as one line, without its traceback."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if any(words in said for words in EXPECTED) or self._is_said(said[:_BEGINNING]):
            return
        problem = record.exc_info[1] if record.exc_info else None
        lines = (f"{said} {type(problem).__name__}: {problem}" if problem else said).strip().splitlines() or [""]
        print(f"dbos: {lines[0]}", file=sys.stderr, flush=True)

    def _is_said(self, beginning: str) -> bool:
        now = time.monotonic()
        if now - self._said.get(beginning, -AGAIN_SECONDS) < AGAIN_SECONDS:
            return True
        self._said[beginning] = now
        return False


def hush() -> None:
    """Take DBOS's log into one-line words; done before DBOS is made, it adds no handler of its own."""
    logger = logging.getLogger("dbos")
    logger.handlers[:] = [_OneLine()]
    logger.propagate = False
    logger.setLevel(logging.WARNING)
