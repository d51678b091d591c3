"""What the house needs of the outside world, as small protocols; adapters and fakes answer them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ccorch.ports.attempt import AttemptId as AttemptId
from ccorch.ports.canaries import Canaries as Canaries
from ccorch.ports.clock import Clock as Clock
from ccorch.ports.commands import Commands as Commands
from ccorch.ports.commands import Ran as Ran
from ccorch.ports.digested import Digested
from ccorch.ports.ending import Ending as Ending
from ccorch.ports.gateway import Gateway as Gateway
from ccorch.ports.gateway import Held as Held
from ccorch.ports.gateway import Seat as Seat
from ccorch.ports.listing import Census as Census
from ccorch.ports.listing import Listing as Listing
from ccorch.ports.open_work import OpenWork
from ccorch.ports.records import Records as Records
from ccorch.ports.sealed import Sealed
from ccorch.ports.setups import Fresh as Fresh
from ccorch.ports.setups import SetUp as SetUp
from ccorch.ports.setups import Setups as Setups
from ccorch.ports.shelf import Shelf
from ccorch.ports.watching import Watching

if TYPE_CHECKING:
    from ccorch.schema.change import ChangedFile
    from ccorch.schema.event import Answered, Event
    from ccorch.schema.fact import Asker
    from ccorch.schema.noted import Noted
    from ccorch.schema.plan import Cli, Plan, PlanNode
    from ccorch.schema.policy import Output
    from ccorch.schema.price import Prices
    from ccorch.schema.profile import Hint, Profile
    from ccorch.schema.profile import Profiles as Sources
    from ccorch.schema.run import Launch, Submission, Told
    from ccorch.schema.run_row import KeptRow
    from ccorch.schema.summary import RunSummary


@dataclass(frozen=True)
class Block:
    """A part of the first user message: text, or a file shown as it is."""

    text: str | None = None
    media_type: str | None = None
    content: bytes | None = field(default=None, repr=False)


def _usual() -> Output:
    from ccorch.schema.policy import Output

    return Output()


@dataclass(frozen=True)
class WorkOrder:
    """Everything a worker needs to do one attempt."""

    id: AttemptId
    node: PlanNode
    profile: Profile
    launch: Launch
    cwd: Path
    """Directory the worker works in: the project, or the worktree of a writing attempt."""
    workspace: Path
    """Root of the project's workspace, for the redacted evidence."""
    blocks: tuple[Block, ...]
    """The first user message; the task's text is a block of its own, byte for byte."""
    seat: Seat | None
    """Place at the gateway; null for workers that ask nobody and for those on the user's own login."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values that must never be stored in the workspace."""
    route_mismatch: str = "fail"
    output: Output = field(default_factory=_usual)
    """How much of what it puts out is kept."""
    stall_seconds: float = 600.0
    """Longest seconds in which nothing is heard of it."""
    no_progress_seconds: float = 900.0
    """Longest seconds in which it says and does nothing new."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of its own, such as its ports."""
    resumes: int | None = None
    """Earlier attempt of the node whose session goes on, where it was kept; null begins a new one."""
    says: str = ""
    """What is said to that session; nothing where it was lost and goes on by itself."""
    label: str | None = None
    """The run's label, for the ledger."""


Report: TypeAlias = "Callable[[Event], None]"


class Workers(Protocol):
    """Does the attempts of nodes."""

    async def perform(self, order: WorkOrder, report: Report) -> Ending:
        """Start the attempt, or attach to it where it already lives or has ended, and see it to its end."""
        ...

    async def stop(self, attempt: AttemptId, reason: str) -> None:
        """Ask a live attempt to end; `perform` then returns. An attempt that is over is left alone."""
        ...

    async def say(self, attempt: AttemptId, text: str, interrupts: bool) -> bool:
        """Tell a live worker something in its session; False when it does not listen any more."""
        ...

    def is_live(self, attempt: AttemptId) -> bool:
        """Whether a worker process of this attempt may still be alive."""
        ...


@dataclass(frozen=True)
class Change:
    """What a writing attempt changed in its worktree."""

    commit: str
    """Commit that holds the result."""
    files: tuple[str, ...]
    """Changed paths, relative to the project's root."""
    patch: bytes = field(repr=False)
    """The difference to the base, binary safe."""
    entries: tuple[ChangedFile, ...] = ()
    """The same one by one, with modes and lines."""
    ignored: tuple[str, ...] = ()
    """Files that were left in the worktree and are in no commit."""
    unlisted: int = 0
    """How many more of them there were."""
    odd: tuple[str, ...] = ()
    """What is no plain file there, or became different in git's record of the worktree, each in words."""


class Worktrees(OpenWork, Protocol):
    """The project's git, and isolated copies of it."""

    def commit(self, project: Path) -> str | None:
        """The commit checked out; null without git or before the first commit."""
        ...

    def dirty(self, project: Path) -> str | None:
        """sha256 of uncommitted changes and untracked files; null when there are none or there is no git."""
        ...

    def snapshot(self, project: Path) -> str | None:
        """The commit checked out, or one of all that is uncommitted upon it; equal files give equal commits."""
        ...

    def create(self, project: Path, attempt: AttemptId, base: str) -> Path:
        """A worktree of `base` for this attempt; the same one when it exists already."""
        ...

    def merged(self, project: Path, base: str, results: Sequence[str]) -> str:
        """One commit that holds these results, each of which descends from `base`; the same one each time.

        Raises ProjectInvalid that names the files where they contradict each other.
        """
        ...

    def keep(self, project: Path, run: str, commit: str) -> str:
        """Let the run's own ref point at the commit; the ref. Nothing of the project's branches changes."""
        ...

    def set_aside(self, project: Path, run: str) -> str | None:
        """Move what the run's own ref points at to another one, as evidence; that ref, or null for nothing kept."""
        ...

    def collect(self, project: Path, attempt: AttemptId, base: str) -> Change:
        """Commit everything in the worktree to the attempt's ref and tell what changed."""
        ...

    def remove(self, project: Path, attempt: AttemptId) -> None:
        """Take the worktree away; its commits stay under refs/ccorch."""
        ...

    def state(self, project: Path, before: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """What the project's own checkout is like: HEAD, refs, index, stash, hooks, settings, uncommitted files.

        Each by a name and a mark that differs when it does; nothing without git. What is ccorch's own is left out.
        Files that were written since it was like `before` are read, whatever the index says of them.
        """
        ...

    def begin(self, folder: Path) -> str:
        """Make the folder a repository with one commit of all that is in it; equal files give equal commits."""
        ...

    def apply(self, folder: Path, patch: str) -> str | None:
        """Apply a unified diff to the files of a folder, whole or not at all; null, or why it does not fit."""
        ...


@dataclass(frozen=True)
class Carried:
    """What of profiles travels from the caller to the daemon, besides the plan."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Credentials by the name under which `secret` looks for them: a variable, or `profile:KEY`."""
    logins: Mapping[str, str] = field(default_factory=dict)
    """Config folder of the user's own login by the key of its profile."""


class Profiles(Protocol):
    """Where models are served, and the credentials for them."""

    def all(self, sources: Sources) -> tuple[Profile, ...]:
        """Every profile of these sources, usable or with the reason why not."""
        ...

    def prices(self, sources: Sources) -> Prices | None:
        """Prices that a source keeps itself; null when none does."""
        ...

    def hints(self, sources: Sources) -> Mapping[str, Hint]:
        """What is known of profiles today, by their keys; a profile of which nothing is known may be left out."""
        ...

    def notes(self, sources: Sources) -> tuple[str, ...]:
        """What of the sources could not be read or is left out, in sentences."""
        ...

    def carried(self, profiles: Sequence[Profile]) -> Carried:
        """What only the caller can find out for these profiles; raises ProfileUnusable."""
        ...

    def secret(self, profile: Profile, launch: Launch) -> str:
        """The credential; raises ProfileUnusable saying where it was looked for."""
        ...


class Binaries(Protocol):
    """Finds the Claude Code binary."""

    def find(self, configured: str | None) -> tuple[Path, Cli]:
        """Path, version and hash; raises ClaudeUnusable with what was tried."""
        ...

    def missing_for_sandbox(self) -> tuple[str, ...]:
        """Programs of the sandbox that are not installed."""
        ...


class Runs(Protocol):
    """Run folders: the truth about what was done."""

    def create(self, submission: Submission) -> None:
        """Make the run folder; raises RunStateConflict when it exists with another plan."""
        ...

    def append(self, run: str, event: Event) -> Event:
        """Write the event durably with the next seq and the time."""
        ...

    def events(self, run: str, after: int = 0) -> Iterator[Event]:
        """The events with a higher seq, in order; a torn last line is skipped."""
        ...

    def plan(self, run: str) -> Plan:
        """The plan; raises RunCorrupt."""
        ...

    def read(self, run: str, name: str) -> bytes | None:
        """A file of the run by its relative name; null when there is none.

        Raises EvidenceForged for one from which something follows and that ccorch has not written so.
        """
        ...

    def artifact(self, run: str, name: str, content: bytes) -> None:
        """Store a file of the run under its relative name, whole or not at all."""
        ...

    def grow(self, run: str, name: str, lines: bytes) -> None:
        """Add whole lines to a file of a run that is not over; a crash may leave some of them."""
        ...


class Library(Runs, Sealed, Shelf, Watching, Digested, Protocol):
    """Every run of this user, for readers."""

    def resolve(self, short: str | None, project: Path, only_here: bool = False) -> str:
        """The id that a unique beginning stands for; None is the latest run here, else elsewhere if that may be."""
        ...

    def rows(self, limit: int) -> Listing:
        """The latest runs of all projects."""
        ...

    def census(self, here: Path | None = None) -> Census:
        """How every run stands, of all projects or of the folder of this one: for who looks at thousands."""
        ...

    def row(self, run: str) -> KeptRow:
        """One run's line."""
        ...

    def summary(self, run: str) -> RunSummary:
        """The run in short, without reading its log again where that is known."""
        ...

    def folder(self, run: str) -> Path:
        """The run folder."""
        ...

    def last_seq(self, run: str) -> int:
        """Sequence number of the last whole event."""
        ...


class Engine(Protocol):
    """Drives runs: in this process, or in the daemon."""

    def submit(self, submission: Submission) -> None:
        """Accept a run; repeated submissions of one run are one run."""
        ...

    def stop(self, run: str, by: Asker, reason: str) -> bool:
        """Ask a run to stop; False when that was asked before. Raises RunStateConflict when it is over."""
        ...

    def pause(self, run: str, by: Asker, reason: str) -> bool:
        """Start nothing more of a run; False when it is paused. Raises RunStateConflict when it is over."""
        ...

    def resume(self, run: str, by: Asker, launch: Launch | None, drift: tuple[str, ...] = ()) -> bool:
        """Go on with a paused run; False when it is not. One that was over needs `launch`, and notes `drift`."""
        ...

    def move(self, run: str, by: Asker, priority: int) -> bool:
        """Give a run another place in the queue; False when it has that one. Raises RunStateConflict."""
        ...

    def retry(self, run: str, node: str, by: Asker, reason: str) -> tuple[str, ...]:
        """Have a node and everything after it done again; their names. Raises NotFound and RunStateConflict."""
        ...

    def send(self, run: str, told: Told, launch: Launch | None) -> str:
        """Tell a worker something: `live` in its session, or `resumed` where its session goes on in a new attempt.

        `launch` is needed for a run that is over. Raises NotFound and RunStateConflict.
        """
        ...

    def note(self, run: str, noted: Noted) -> None:
        """Write something down about a run, also about one that is over."""
        ...

    def answer(self, run: str, answered: Answered) -> None:
        """Answer a gate; raises RunStateConflict when it does not wait for this answer."""
        ...

    def is_alive(self) -> bool:
        """Whether something drives runs now; starts nothing."""
        ...

    def ensure(self) -> None:
        """Make sure that something drives runs."""
        ...
