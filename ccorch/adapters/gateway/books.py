"""Each live run's own lines of the ledger, for the copy in its run folder."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from ccorch.schema.event import Event, Metered
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

    def untold(self, run: str, events: Iterable[Event]) -> Iterator[Metered]:
        """What the ledger has of a run and its log has not: of equal requests, as many as are missing."""
        told = Counter(_figures(event) for event in events if isinstance(event, Metered))
        for line in self._lines.get(run, []):
            booked = LedgerLine.model_validate_json(line)
            event = metered(booked)
            if booked.state != "closed":
                continue
            if told[_figures(event)]:
                told[_figures(event)] -= 1
            else:
                yield event

    def forget(self, run: str) -> None:
        """The run is over."""
        self._lines.pop(run, None)
        self._known.pop(run, None)


def metered(line: LedgerLine) -> Metered:
    """What a run is told of a request that is over."""
    known = [n for n in (line.input_tokens, line.cache_read_tokens, line.cache_write_tokens) if n is not None]
    return Metered(
        node=line.node,
        attempt=line.attempt,
        model=line.served_model,
        input_tokens=sum(known) if known else None,
        output_tokens=line.output_tokens,
        usd=line.usd,
        exact=line.basis == "exact",
        plan=line.is_plan,
    )


def _figures(event: Metered) -> tuple[object, ...]:
    """What a charge consists of, wherever in the log it stands."""
    return event.node, event.attempt, event.input_tokens, event.output_tokens, event.usd, event.exact, event.plan
