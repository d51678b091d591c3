"""Run folders that are none: everything lies in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ccorch.errors import NotFound, RunNotFound, RunStateConflict
from ccorch.ports import Clock
from ccorch.schema.base import canonical
from ccorch.schema.event import Event
from ccorch.schema.plan import Plan
from ccorch.schema.run import Submission
from tests.fakes.clock import FakeClock


@dataclass
class FakeRun:
    """What one run folder would hold."""

    plan: Plan
    files: dict[str, bytes]
    events: list[Event] = field(default_factory=list)


@dataclass
class FakeRuns:
    """Answers the runs port."""

    clock: Clock = field(default_factory=FakeClock)
    runs: dict[str, FakeRun] = field(default_factory=dict)

    def create(self, submission: Submission) -> None:
        """Keep the run; the same one again changes nothing."""
        run = self.runs.get(submission.run)
        if run and run.plan != submission.plan:
            raise RunStateConflict(f"run {submission.run} exists with another plan")
        files = {
            "plan.json": submission.plan.spelled.encode(),
            "config.json": canonical(submission.config).encode(),
        }
        self.runs.setdefault(submission.run, FakeRun(submission.plan, files))

    def append(self, run: str, event: Event) -> Event:
        """Keep the event with the next number."""
        events = self._run(run).events
        if event.seq not in (0, len(events) + 1):
            raise RunStateConflict(f"event {event.seq} is not the next one")
        events.append(event.model_copy(update={"seq": len(events) + 1, "at": self.clock.now()}))
        return events[-1]

    def events(self, run: str, after: int = 0) -> Iterator[Event]:
        """The events with a higher number."""
        return iter(self._run(run).events[after:])

    def plan(self, run: str) -> Plan:
        """The plan."""
        return self._run(run).plan

    def read(self, run: str, name: str) -> bytes | None:
        """A file."""
        _checked(name)
        return self._run(run).files.get(name)

    def artifact(self, run: str, name: str, content: bytes) -> None:
        """Keep a file."""
        _checked(name)
        self._run(run).files[name] = content

    def grow(self, run: str, name: str, lines: bytes) -> None:
        """Add to a file."""
        _checked(name)
        files = self._run(run).files
        files[name] = files.get(name, b"") + lines

    def _run(self, run: str) -> FakeRun:
        if run not in self.runs:
            raise RunNotFound(f"no run {run!r}")
        return self.runs[run]


def _checked(name: str) -> None:
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise NotFound(f"no artifact {name!r} in this run")
