"""Notices that a shim or its worker was stopped with a signal; past its time, a shim is made to go on."""

from collections.abc import Callable, Iterator
from pathlib import Path

from ccorch.adapters.process.frozen import stopped, thaw
from ccorch.ports import AttemptId
from ccorch.rules.findings import Frozen
from ccorch.schema.finding import Finding

EVERY = 1.0
"""Seconds between looks."""


class Watch:
    """Looks once a second at one attempt, and tells each who is stopped once."""

    def __init__(self, folder: Path, timeout_seconds: float, now: Callable[[], float]) -> None:
        self._folder = folder
        self._timeout = timeout_seconds
        self._now = now
        self._next = now() + EVERY
        self._told: set[str] = set()

    def look(self, attempt: AttemptId) -> Iterator[Finding]:
        """What is noticed now."""
        now = self._now()
        if now < self._next:
            return
        self._next = now + EVERY
        frozen = tuple(stopped(self._folder))
        if frozen and now > self._began() + self._timeout:
            thaw(self._folder)
        for who, one in frozen:
            if who not in self._told:
                self._told.add(who)
                yield _finding(attempt, who, one.pid)

    def _began(self) -> float:
        try:
            return (self._folder / "spec.json").stat().st_mtime
        except OSError:
            return self._now()


def _finding(attempt: AttemptId, who: str, pid: int) -> Finding:
    said = f"the {who} was stopped by a signal and gets nowhere; `kill -CONT {pid}` lets it go on"
    return Frozen.found(said, node=attempt.node, attempt=attempt.attempt)
