"""A house whose runs play a written list of events, one with every look at the clock's pause."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from ccorch.adapters.git_results import GitResults
from ccorch.adapters.process.confined import ConfinedCommands
from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.scripted.script import load
from ccorch.adapters.workspace.keeper import WorkspaceKeeper
from ccorch.config.layers import packaged_folder
from ccorch.engine.setting_up import NoSetups
from ccorch.errors import ArgumentInvalid, CursorUnknown, NotFound, RunNotFound, RunStateConflict
from ccorch.frontends.cli.main import Doors, main
from ccorch.frontends.cli.screen import Screen
from ccorch.operations.house import House
from ccorch.ports import Census, Head, Listing
from ccorch.ports.listing import Brief
from ccorch.ports.looking import Look
from ccorch.ports.shelf import Files, Lines, Listed
from ccorch.ports.watching import Snapshot, Tail
from ccorch.rules.progress import begin, evolve
from ccorch.schema.artifacts import Left
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.cursor import Mark
from ccorch.schema.event import (
    Answered,
    AnyEvent,
    Ended,
    Event,
    Finished,
    PauseAsked,
    ResumeAsked,
    StopAsked,
    Submitted,
)
from ccorch.schema.fact import Asker, Caller
from ccorch.schema.following import BoardRequest
from ccorch.schema.noted import Noted
from ccorch.schema.outline import Outline
from ccorch.schema.plan import Cli, Plan
from ccorch.schema.profile import Profile, Profiles
from ccorch.schema.run import Submission
from ccorch.schema.run_row import KeptRow
from ccorch.schema.summary import RunSummary
from ccorch.views.live import Live
from ccorch.views.summary import summary
from ccorch.views.watched import watched
from tests.fakes.clock import FakeClock
from tests.fakes.outside import FlatWorktrees, NoSecrets
from tests.fakes.records import MemoryRecords
from tests.fakes.usage import MemoryUsage
from tests.fakes.vitals import SaidVitals
from tests.plan_kit import PROFILE

RUN = "0123456789abcdef"


class MemoryWatch:
    """Looks at runs in memory; every look tells all of them."""

    def __init__(self, library: "MemoryLibrary") -> None:
        self._library = library
        self._known: set[str] = set()

    def look(self) -> Look:
        runs = [self._library.snapshot(run) for run in self._library.logs]
        gone = tuple(self._known - set(self._library.logs))
        self._known = set(self._library.logs)
        return Look(
            tuple(watched(one.row, Live.of(one.summary, one.row.status, one.row.seq)) for one in runs), gone
        )

    def summary(self, run: str) -> RunSummary:
        return self._library.summary(run)


class MemoryFiles:
    """The files of a run that is over, in memory."""

    final = True

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents
        self.names = tuple(sorted(contents))

    def about(self, names: Sequence[str]) -> tuple[Listed, ...]:
        told = ((name, self._contents[name]) for name in names)
        return tuple(Listed(name, len(content), sha256(content).hexdigest()) for name, content in told)


class MemoryLibrary:
    """Runs in memory, as readers see them; a file may be there before its run."""

    def __init__(self) -> None:
        self.submissions: dict[str, Submission] = {}
        self.logs: dict[str, list[Event]] = {}
        self.files: dict[tuple[str, str], bytes] = {}
        self.spoiled: dict[str, bytes] = {}
        """By run, what stands in its log instead of the last line."""
        self.closing: set[str] = set()
        """Runs that are over and whose end is still being written."""

    def create(self, submission: Submission) -> None:
        self.submissions.setdefault(submission.run, submission)
        self.logs.setdefault(submission.run, [])

    def append(self, run: str, event: Event) -> Event:
        place = len(self.logs[run]) + 1
        self.logs[run].append(event.model_copy(update={"seq": place, "at": float(place)}))
        return self.logs[run][-1]

    def events(self, run: str, after: int = 0) -> Iterator[Event]:
        yield from self.logs[run][after:]

    def plan(self, run: str) -> Plan:
        if run not in self.logs:
            raise RunNotFound(f"no run {run!r}")
        return self.submissions[run].plan

    def outline(self, run: str) -> Outline:
        return Outline.of(self.plan(run).model_dump(mode="json"))

    def read(self, run: str, name: str) -> bytes | None:
        return self.files.get((run, name))

    def artifact(self, run: str, name: str, content: bytes) -> None:
        self.files[run, name] = content

    def grow(self, run: str, name: str, lines: bytes) -> None:
        self.files[run, name] = self.files.get((run, name), b"") + lines

    def forged(self, run: str) -> tuple[str, ...] | None:
        return ()

    def kept(self, run: str) -> Left:
        sizes = [len(content) for (owner, _), content in self.files.items() if owner == run]
        return Left(files=len(sizes), bytes=sum(sizes))

    def listed(self, run: str) -> Files:
        return MemoryFiles({name: content for (owner, name), content in self.files.items() if owner == run})

    def lines(self, run: str, path: str, start: int, most: int, most_bytes: int, holding: str) -> Lines:
        if (run, path) not in self.files:
            raise NotFound(f"no artifact {path!r} in this run")
        texts = list(enumerate(self.files[run, path].decode().splitlines(), 1))
        fitting = [(number, text) for number, text in texts if number >= start and holding in text]
        following = fitting[most][0] if len(fitting) > most else None
        return Lines(lines=tuple(fitting[:most]), next=following, total=len(texts), cut=False)

    def put_aside(self, run: str, name: str) -> str:
        self.files[run, f"{name}.aside-1"] = self.files.pop((run, name))
        return f"{name}.aside-1"

    def resolve(self, short: str | None, project: Path, only_here: bool = False) -> str:
        found = [
            run
            for run in self.logs
            if run.startswith(short or "")
            and (not only_here or self.submissions[run].launch.project == str(project.resolve()))
        ]
        if not found:
            raise RunNotFound(f"no run {short!r}")
        return found[-1]

    def rows(self, limit: int) -> Listing:
        return Listing(tuple(self.row(run) for run in reversed(self.logs))[:limit])

    def summaries(self, limit: int) -> Iterator[RunSummary]:
        return map(self.summary, list(reversed(self.logs))[:limit])

    def census(self, here: Path | None = None) -> Census:
        rows = [row for row in self.rows(len(self.logs)).rows if here is None or row.project == str(here)]
        return Census({row.run_id: Brief(row.status, row.project, row.submitted_at, row.ended_at) for row in rows})

    def row(self, run: str) -> KeptRow:
        submission, log = self.submissions[run], self.logs[run]
        state = begin(submission.plan)
        for event in log:
            state = evolve(state, event)
        return KeptRow(
            run_id=run,
            status=state.finished or "running",
            task=submission.plan.task,
            project=submission.launch.project,
            label=submission.plan.label,
            submitted_at=1.0,
            ended_at=None,
            nodes=len(submission.plan.nodes),
            passed=sum(node.status == "passed" for node in state.nodes.values()),
            usd=0.0,
            simulated=submission.plan.worker == "simulated",
            roles="review",
            seq=len(log),
        )

    def folder(self, run: str) -> Path:
        return Path("/project/.agent-workspace/ccorch/runs") / run

    def summary(self, run: str) -> RunSummary:
        return summary(self.submissions[run].plan, self.logs[run])

    def is_closing(self, run: str) -> bool:
        return run in self.closing

    def last_seq(self, run: str) -> int:
        return len(self.logs[run])

    def watch(self) -> MemoryWatch:
        return MemoryWatch(self)

    def snapshot(self, run: str, exact: bool = False) -> Snapshot:
        return Snapshot(self.row(run), self.summary(run), sum(len(line) + 1 for line in self._lines(run)))

    def snapshots(self) -> Mapping[str, Snapshot]:
        return {run: self.snapshot(run) for run in self.logs}

    def tail(self, run: str, offset: int, name: str = "events.ndjson") -> Tail | None:
        if run not in self.logs or (name != "events.ndjson" and (run, name) not in self.files):
            return None
        log = b"".join(line + b"\n" for line in self._lines(run))
        whole = log if name == "events.ndjson" else self.files[run, name]
        return Tail(whole[max(offset, -len(whole)) :], len(whole), is_all=True)

    def _lines(self, run: str) -> list[bytes]:
        lines = [AnyEvent.dump_json(event) for event in self.logs[run]]
        return [*lines[:-1], self.spoiled[run]] if run in self.spoiled else lines

    def project(self, run: str) -> Path:
        return Path(self.submissions[run].launch.project)

    def size(self, run: str) -> int:
        return self.snapshot(run).offset

    def told(self, run: str, after: Mark, until: Mark) -> Iterator[Event]:
        known = self._lines(run)[: after.seq]
        if len(known) != after.seq or sum(len(line) + 1 for line in known) != after.offset:
            raise CursorUnknown("the cursor is none of this run")
        yield from self.logs[run][after.seq : until.seq]

    def part(self, run: str, name: str, offset: int, most: int) -> tuple[bytes, int] | None:
        content = self.files.get((run, name))
        return None if content is None else (content[offset : offset + most], len(content))


@dataclass
class PlayedEngine:
    """Accepts runs; each step writes the next event of the play or raises it, or dies (null) until it is asked."""

    library: MemoryLibrary
    play: list[Event | type[BaseException] | None]
    obeys: bool = True
    alive: bool = True
    stopped: list[str] = field(default_factory=list)

    def submit(self, submission: Submission) -> None:
        self.library.create(submission)
        self.library.append(
            submission.run,
            Submitted(run=submission.run, plan=submission.plan.sha256, by=submission.by, who=submission.who),
        )

    def stop(self, run: str, by: Asker, reason: str) -> bool:
        if self.library.row(run).status == "cancelled":
            raise RunStateConflict(f"run {run} is over")
        self.stopped.append(reason)
        self.library.append(run, StopAsked(by=by.by, who=by.who, reason=reason))
        if self.obeys:
            ending = Ended(node="main", attempt=1, passed=False, outcome="stopped")
            self.play = [ending, Finished(status="cancelled")]
        return True

    def note(self, run: str, noted: Noted) -> None:
        self.library.append(run, noted)

    def pause(self, run: str, by: Asker, reason: str) -> bool:
        self.library.append(run, PauseAsked(by=by.by, who=by.who, reason=reason))
        return True

    def resume(self, run: str, by: Asker, launch: object, drift: tuple[str, ...] = ()) -> bool:
        self.library.append(run, ResumeAsked(by=by.by, who=by.who))
        return True

    def answer(self, run: str, answered: Answered) -> None:
        if answered.choice not in ("go", "halt"):
            raise RunStateConflict(f"{answered.node} does not wait for {answered.choice}")
        self.library.append(run, answered)

    def step(self) -> None:
        if not self.alive or not self.play:
            return
        match self.play.pop(0):
            case None:
                self.alive = False
            case type() as problem:
                raise problem
            case event:
                self.library.append(RUN, event)

    def is_alive(self) -> bool:
        return self.alive

    def ensure(self) -> None:
        self.alive = True


class ScriptedProfile(NoSecrets):
    """One profile that can be launched."""

    def all(self, sources: Profiles) -> tuple[Profile, ...]:
        return (PROFILE,)


class OneBinary:
    """A binary that is there."""

    def expect(self) -> None:
        pass

    def missing_for_sandbox(self) -> tuple[str, ...]:
        return ()

    def find(self, configured: str | None) -> tuple[Path, Cli]:
        return Path("/opt/claude"), Cli(version="2.1.0", sha256="b" * 64)


class CommittedWorktrees(FlatWorktrees):
    """A project with a commit."""

    def head(self, project: Path, but: Path | None = None) -> Head:
        return Head(commit="a" * 40, dirty=None)


class NoFront:
    """A server that a client would start, and that is warm at once."""

    def command(self) -> tuple[str, ...]:
        return ("/opt/python", "-I", "-S", "/opt/front.py", "--", "/opt/python", "-m", "ccorch")

    def warm(self, project: Path, seconds: float) -> tuple[str, ...]:
        return ("tools/list 2026-07-28",)


@dataclass
class SaidWindows:
    """Windows that are only noted; with a problem none can be opened."""

    problem: str = ""
    opened: list[tuple[str, ...]] = field(default_factory=list)

    def check(self) -> None:
        if self.problem:
            raise ArgumentInvalid(self.problem)

    def open(self, title: str, words: Sequence[str], folder: Path) -> str:
        self.check()
        self.opened.append((title, *words))
        return "in the pane below"


@dataclass
class Stage:
    """A house, its library and what it plays; every call of `ccorch` is made here."""

    project: Path
    play: Sequence[Event | type[BaseException]] = ()

    def __post_init__(self) -> None:
        self.library = MemoryLibrary()
        self.engine = PlayedEngine(self.library, list(self.play))
        self.clock = FakeClock()
        self.records = MemoryRecords()
        self.vitals = SaidVitals()
        self.windows = SaidWindows()
        self.usage = MemoryUsage()
        self.opened = 0
        self.hosted: list[str] = []
        self.has_commit = False

    def house(self, by: Caller = "terminal", project: Path | None = None) -> House:
        self.opened += 1
        return House(
            by=by,
            who="ada",
            project=project or self.project,
            environment={},
            cache=self.project / "cache",
            user_config=self.project / "user",
            scripts=(Path(packaged_folder("conf")) / "scripts",),
            read_script=load,
            ceiling=Ceiling,
            profiles=ScriptedProfile(),
            binaries=OneBinary(),
            worktrees=CommittedWorktrees(self.project) if self.has_commit else FlatWorktrees(self.project),
            results=GitResults(lambda: self.project / "trials"),
            commands=ConfinedCommands(),
            setups=NoSetups(),
            library=self.library,
            records=self.records,
            usage=self.usage,
            switch_log=lambda since, until, days: None,
            bench_room=self.project / "bench",
            engine=self.engine,
            vitals=lambda: self.vitals,
            windows=self.windows,
            workspace=lambda: WorkspaceKeeper(State(self.project / "state"), self.project),
            clock=self.clock,
            new_run=lambda: RUN,
            pause=self._pause,
            front=NoFront(),
        )

    def ccorch(self, *words: str, stdin: bytes | BinaryIO = b"", width: int = 100, live: bool = False) -> "Said":
        """Call the command line."""
        out, err = io.StringIO(), io.StringIO()
        doors = Doors(
            house=lambda project: self.house(project=self.project / project),
            serve=lambda request: 40 + request.stop,
            foreground=self._foreground,
            serve_mcp=lambda project, request: 50,
            board=self._board,
            environment={},
            stdin=io.BytesIO(stdin) if isinstance(stdin, bytes) else stdin,
        )
        status = main(words, doors, Screen(out, err, width, colour=False, live=live))
        return Said(status, out.getvalue(), err.getvalue())

    def _board(self, project: Path, request: BoardRequest, tell: Callable[[str], None]) -> int:
        tell(request.export or f"http://127.0.0.1:{request.port}/#token=t")
        return 60

    @contextmanager
    def _foreground(self) -> Iterator[None]:
        self.hosted.append("begun")
        yield
        self.hosted.append("ended")

    def _pause(self, seconds: float) -> None:
        self.clock.time += seconds
        self.engine.step()


@dataclass(frozen=True)
class Said:
    """How a call of `ccorch` ended."""

    status: int
    out: str
    err: str
