"""The two clocks of a worker at work: nothing is heard of it, or what is heard brings nothing new."""

import json
from collections.abc import Iterator
from typing import Any

from ccorch.adapters.claude_code.stream import content_of
from ccorch.ports import AttemptId, Ending
from ccorch.rules.amounts import limit
from ccorch.rules.findings import NoProgress, Stalled
from ccorch.schema.finding import Finding

EARLY = 0.5
"""Part of a limit after which it is told that it is running out."""


class News:
    """Counts what a worker says and does for the first time: words, calls with their whole input, results."""

    def __init__(self) -> None:
        self.count = 0
        self._known: set[int] = set()

    def take(self, data: dict[str, Any]) -> None:
        """Take one more line."""
        said = [data.get("result")] if data.get("type") == "result" else []
        if data.get("type") == "assistant":
            said = [{**block, "id": ""} for block in content_of(data)]
        for one in said:
            known = hash(json.dumps(one, sort_keys=True))
            self.count += known not in self._known
            self._known.add(known)


class Clocks:
    """Looks at two counts that only grow; one that stands still for too long is an ending.

    They begin with the first line: until then the start has a time of its own. Times are of any steady clock.
    """

    def __init__(self, stall: float, no_progress: float) -> None:
        self._stall, self._no_progress = stall, no_progress
        self._heard: tuple[int, float] | None = None
        self._news: tuple[int, float] | None = None
        self._now = 0.0

    def look(self, heard: int, news: int, now: float) -> Ending | None:
        """What is wrong now; None when nothing is."""
        self._now = now
        if not heard:
            return None
        if self._heard is None or self._heard[0] != heard:
            self._heard = (heard, now)
        if self._news is None or self._news[0] != news:
            self._news = (news, now)
        if now - self._heard[1] >= self._stall:
            return Ending("stalled", f"nothing was heard of it for {limit(self._stall)} (policy.stall_seconds)")
        if now - self._news[1] >= self._no_progress:
            said = f"it said and did nothing new for {limit(self._no_progress)} (policy.no_progress_seconds)"
            return Ending("no_progress", said)
        return None

    def warnings(self, attempt: AttemptId) -> Iterator[Finding]:
        """What is to be told early, as of the last look; the same words each time, so that it is told once."""
        where = {"node": attempt.node, "attempt": attempt.attempt}
        if self._heard and EARLY * self._stall <= self._now - self._heard[1]:
            early = f"{limit(EARLY * self._stall)}; after {limit(self._stall)} it is stopped"
            yield Stalled.found(f"nothing was heard of it for {early}", **where)
        if self._news and EARLY * self._no_progress <= self._now - self._news[1]:
            early = f"{limit(EARLY * self._no_progress)}; after {limit(self._no_progress)} it is stopped"
            yield NoProgress.found(f"it said and did nothing new for {early}", **where)
