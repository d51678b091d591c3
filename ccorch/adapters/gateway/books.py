"""Each live run's own lines of the ledger, for the copy in its run folder."""

from collections import defaultdict
from collections.abc import Iterable

from ccorch.schema.ledger import LedgerLine


class RunBooks:
    """The last line of every request of every live run."""

    def __init__(self) -> None:
        self._lines: defaultdict[str, list[bytes]] = defaultdict(list)

    def add(self, line: LedgerLine) -> None:
        """Keep a line when it is the last word on its request."""
        if line.is_last:
            self._lines[line.run].append(line.model_dump_json(exclude_none=True).encode())

    def add_of(self, runs: Iterable[str], lines: Iterable[LedgerLine]) -> None:
        """Take over what an earlier daemon wrote about these runs."""
        wanted = set(runs)
        for line in lines:
            if line.run in wanted:
                self.add(line)

    def lines_of(self, run: str) -> bytes:
        """The run's lines so far."""
        return b"".join(line + b"\n" for line in self._lines.get(run, ()))

    def forget(self, run: str) -> None:
        """The run is over."""
        self._lines.pop(run, None)
