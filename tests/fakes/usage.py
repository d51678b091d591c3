"""A ledger in memory, for readers."""

import time
from collections.abc import Iterator

from ccorch.ports.usage import Used
from ccorch.rules.usage import Counts, counted
from ccorch.schema.ledger import LedgerLine


class MemoryUsage:
    """Answers the Usage port from lines that a test puts there."""

    def __init__(self, *lines: LedgerLine) -> None:
        self.lines = list(lines)

    def used(self, by: str, since: str, until: str, profile: str | None, most: int | None = None) -> Used:
        """What these lines add up to."""
        sums: dict[str, Counts] = {}
        for line in self.lines:
            key, counts = counted(line.model_dump(mode="json"), self.day_of)
            if since <= key.day <= until and profile in (None, key.profile):
                name = getattr(key, by)
                sums[name] = sums.get(name, Counts()).plus(counts)
        return Used(sums, ())

    def requests(self, since: float, until: float) -> Iterator[LedgerLine]:
        """These lines."""
        yield from (line for line in self.lines if since <= line.at < until)

    def day_of(self, at: float) -> str:
        """The local day."""
        return time.strftime("%Y-%m-%d", time.localtime(at))
