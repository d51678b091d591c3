"""The engine port, answered by the daemon: it is started when it is not there and replaced when its code is old."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccorch.adapters.daemon import build, lock
from ccorch.adapters.daemon.ask import NobodyHome, ask
from ccorch.adapters.daemon.build import Build
from ccorch.adapters.daemon.place import Place
from ccorch.errors import Busy, DaemonUnreachable
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.schema.event import Answered
    from ccorch.schema.fact import Asker
    from ccorch.schema.noted import Noted
    from ccorch.schema.run import Launch, Submission, Told

START_SECONDS = 60.0
"""How long a daemon may take to start or to end; a machine may be slow, and busy with many workers."""
START_AGAIN_SECONDS = 15.0
"""Seconds after which a started daemon that took no lock is given up."""
STEP = 0.02
ANSWER_SECONDS = 60.0
SUBMIT_SECONDS = 300.0
"""A submission waits for its turn behind hundreds of others, each of which waits for the disk."""
LOG_BYTES = 8192
"""Of the end of the log, looked through for the reason why it did not start."""
HINT = "`ccorch serve` runs it in the foreground and shows why"


class DaemonEngine:
    """Drives runs by asking the daemon of this user."""

    def __init__(self, place: Place, start: Callable[[], None], log: Path) -> None:
        self._place = place
        self._start = start
        self._log = log
        self._log_began = 0

    def submit(self, submission: Submission) -> None:
        """Hand a run to the daemon; it goes on when this process ends."""
        self._ask_living("submit", submission=submission.as_json())

    def stop(self, run: str, by: Asker, reason: str) -> bool:
        """Ask the daemon to stop a run."""
        return bool(self._ask_living("stop", run=run, **by.model_dump(), reason=reason)["asked"])

    def pause(self, run: str, by: Asker, reason: str) -> bool:
        """Ask the daemon to start nothing more of a run."""
        return bool(self._ask_living("pause", run=run, **by.model_dump(), reason=reason)["asked"])

    def resume(self, run: str, by: Asker, launch: Launch | None, drift: tuple[str, ...] = ()) -> bool:
        """Ask the daemon to go on with a run."""
        brought = launch.model_dump_json() if launch else None
        words = {**by.model_dump(), "launch": brought, "drift": list(drift)}
        return bool(self._ask_living("resume", run=run, **words)["asked"])

    def move(self, run: str, by: Asker, priority: int) -> bool:
        """Ask the daemon to give a run another place in the queue."""
        return bool(self._ask_living("move", run=run, **by.model_dump(), priority=priority)["moved"])

    def retry(self, run: str, node: str, by: Asker, reason: str) -> tuple[str, ...]:
        """Ask the daemon to have a node and everything after it done again."""
        return tuple(self._ask_living("retry", run=run, node=node, **by.model_dump(), reason=reason)["nodes"])

    def send(self, run: str, told: Told, launch: Launch | None) -> str:
        """Have the daemon tell a worker something."""
        brought = launch.model_dump_json() if launch else None
        return str(self._ask_living("send", run=run, told=told.model_dump_json(), launch=brought)["how"])

    def answer(self, run: str, answered: Answered) -> None:
        """Hand an answer to the daemon."""
        self._ask_living("answer", run=run, answered=answered.model_dump_json())

    def note(self, run: str, noted: Noted) -> None:
        """Hand a note to the daemon."""
        self._ask_living("note", run=run, noted=noted.model_dump_json())

    def is_alive(self) -> bool:
        """Whether a daemon lives; starts none."""
        return lock.is_held(self._place.lock)

    def drain(self) -> bool:
        """Ask a living daemon to end and wait until it has; its workers live on. False when none lived.

        Whoever answers afterwards is the next one: it may hold the lock so soon that nobody ever sees it free.
        """
        if not self.is_alive():
            return False
        self._ask("drain")
        deadline = time.monotonic() + START_SECONDS
        while self.is_alive() and self._build() is None:
            self._pause(deadline, lambda: "the daemon did not end")
        return True

    def ensure(self) -> None:
        """Make sure that a daemon answers which is not older than this client.

        A daemon that is slow, or that speaks otherwise, is an error and no reason to start another one.
        """
        started: float | None = None
        deadline = time.monotonic() + START_SECONDS
        while (found := self._build()) is None or build.this().supersedes(found):
            if found is not None:
                self.drain()
                started = None  # what was told while that one lived is no reason any more
            elif not self.is_alive():
                if started is None:
                    self._log_began = self._log_size()
                elif self._reasons():  # a daemon that holds the lock may still start, whatever another one has told
                    raise DaemonUnreachable(self._not_started(), hint=HINT)
                if started is None or time.monotonic() - started > START_AGAIN_SECONDS:
                    self._start()
                    started = time.monotonic()
            self._pause(deadline, self._not_started)

    def _ask_living(self, verb: str, **words: Any) -> dict[str, Any]:
        """Ask a daemon that lives; one that was just ending is asked again as its successor."""
        self.ensure()
        try:
            return self._ask(verb, **words)
        except (Busy, NobodyHome):
            self.ensure()
            return self._ask(verb, **words)

    def _build(self) -> Build | None:
        """The build of the daemon that answers; None while there is none, or only one that is ending."""
        try:
            return build.told_by(self._ask("hello"))
        except (Busy, NobodyHome):
            return None

    def _ask(self, verb: str, **words: Any) -> dict[str, Any]:
        patience = SUBMIT_SECONDS if verb == "submit" else ANSWER_SECONDS
        return ask(self._place.socket, verb, patience, **words)

    def _pause(self, deadline: float, otherwise: Callable[[], str]) -> None:
        if time.monotonic() > deadline:
            raise DaemonUnreachable(otherwise(), hint=HINT)
        time.sleep(STEP)

    def _not_started(self) -> str:
        """With the last reason, for whoever cannot look into its log."""
        reasons = self._reasons()
        return f"the daemon did not start; its log is {self._log}" + (f": {line(reasons[-1])}" if reasons else "")

    def _reasons(self) -> list[str]:
        """Why daemons that were started since this one was asked for did not start, as they told it in the log."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(self._log_began, log.seek(0, os.SEEK_END) - LOG_BYTES))
                told = log.read().decode("utf-8", "replace").splitlines()
        except OSError:
            told = []
        return [said.removeprefix("error: ") for said in told if said.startswith("error: ")]

    def _log_size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0
