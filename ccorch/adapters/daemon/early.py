"""What the gateway tells while a daemon still takes up the runs of the one before it."""

from ccorch.adapters.daemon.host import Host
from ccorch.schema.event import Event, Metered


class Early:
    """Keeps what is told of a run until the run is taken up."""

    def __init__(self) -> None:
        self.host: Host | None = None
        self._kept: list[tuple[str, Event]] | None = []

    def tell(self, run: str, event: Event) -> None:
        """Tell the run now or later; what a request has cost is told from the ledger when its run is taken up."""
        if self.host is not None and (self._kept is None or run in self.host.live):
            self.host.tell(run, event)
        elif self._kept is not None and not isinstance(event, Metered):
            self._kept.append((run, event))

    def end(self) -> None:
        """Everything is taken up: tell what was kept, and from now on everything at once."""
        kept, self._kept = self._kept or [], None
        for run, event in kept:
            self.tell(run, event)
