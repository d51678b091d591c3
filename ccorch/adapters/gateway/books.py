"""Each live run's own lines of the ledger, for the copy in its run folder."""

import json
from collections import defaultdict
from collections.abc import Callable

from ccorch.schema.ledger import LedgerLine


class RunBooks:
    """The last line of every request of every live run."""

    def __init__(self) -> None:
        self._lines: defaultdict[str, list[bytes]] = defaultdict(list)
        self._known: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, line: LedgerLine) -> None:
        """Keep a line when it is the last word on its request."""
        if line.is_last:
            self._lines[line.run].append(line.model_dump_json(exclude_none=True).encode())
            self._known[line.run].add(line.id)

    def take(self, run: str, raw: bytes) -> None:
        """Keep a last line as the ledger has it, once."""
        request = json.loads(raw)["id"]
        if request not in self._known[run]:
            self._lines[run].append(raw.rstrip(b"\n"))
            self._known[run].add(request)

    def once(self, book: Callable[[LedgerLine], None]) -> Callable[[LedgerLine], None]:
        """Books the last word on a request of a live run, unless it is in the ledger already.

        A worker's stream is read from its beginning by every daemon, so the same lines come again.
        """

        def booked(line: LedgerLine) -> None:
            if line.id not in self._known.get(line.run, ()):
                book(line)

        return booked

    def lines_of(self, run: str, after: int = 0) -> bytes:
        """The run's lines so far, without the first ones."""
        return b"".join(line + b"\n" for line in self._lines.get(run, [])[after:])

    def forget(self, run: str) -> None:
        """The run is over."""
        self._lines.pop(run, None)
        self._known.pop(run, None)
