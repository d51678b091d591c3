"""The engine port, answered by the daemon: it is started when it is not there and replaced when it is older."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ccorch import __version__
from ccorch.adapters.daemon import lock
from ccorch.adapters.daemon.ask import ask
from ccorch.adapters.daemon.place import Place
from ccorch.errors import DaemonUnreachable
from ccorch.schema.event import Caller
from ccorch.schema.run import Submission

START_SECONDS = 20.0
STEP = 0.02
ANSWER_SECONDS = 60.0


class DaemonEngine:
    """Drives runs by asking the daemon of this user."""

    def __init__(self, place: Place, start: Callable[[], None], log: Path) -> None:
        self._place = place
        self._start = start
        self._log = log

    def submit(self, submission: Submission) -> None:
        """Hand a run to the daemon; it goes on when this process ends."""
        self.ensure()
        self._ask("submit", submission=submission.model_dump_json())

    def stop(self, run: str, by: Caller, reason: str) -> bool:
        """Ask the daemon to stop a run."""
        self.ensure()
        return bool(self._ask("stop", run=run, by=by, reason=reason)["asked"])

    def is_alive(self) -> bool:
        """Whether a daemon lives; starts none."""
        return lock.is_held(self._place.lock)

    def drain(self) -> bool:
        """Ask a living daemon to end and wait until it has; its workers live on. False when none lived."""
        if not self.is_alive():
            return False
        self._ask("drain")
        self._wait(lambda: not self.is_alive(), "the daemon did not end")
        return True

    def ensure(self) -> None:
        """Make sure that a daemon answers which is not older than this client."""
        version = self._version()
        if version is not None and _older(version):
            self.drain()
            version = None
        if version is None:
            self._start()
            self._wait(lambda: self._version() is not None, f"the daemon did not start; its log is {self._log}")

    def _version(self) -> str | None:
        try:
            return str(self._ask("hello")["version"])
        except DaemonUnreachable:
            return None

    def _ask(self, verb: str, **words: Any) -> dict[str, Any]:
        return ask(self._place.socket, verb, ANSWER_SECONDS, **words)

    def _wait(self, done: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not done():
            if time.monotonic() > deadline:
                raise DaemonUnreachable(otherwise, hint="`ccorch serve` runs it in the foreground and shows why")
            time.sleep(STEP)


def _older(version: str) -> bool:
    return _numbers(version) < _numbers(__version__)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
