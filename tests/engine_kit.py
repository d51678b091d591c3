"""A machine on which one engine after the other drives runs, each as the daemon's host would open it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ccorch.adapters.clock import SystemClock
from ccorch.adapters.dbos.engine import DbosEngine
from ccorch.adapters.dbos.opening import open_file, open_postgres
from ccorch.adapters.dbos.store import Store
from ccorch.adapters.inline_engine import InlineEngine
from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.run_folder.library import RunLibrary
from ccorch.adapters.run_folder.projects import RunFinder
from ccorch.engine.perform import Tools
from ccorch.ports import Workers
from ccorch.rules.admission import Slots
from ccorch.schema.event import Event
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, Submission
from tests.fakes.outside import FlatWorktrees, NoSecrets, QuietGateway
from tests.fakes.workers import LivingWorkers
from tests.plan_kit import node, plan
from tests.run_kit import RUN

POLL = 0.02
"""DBOS's poll, which here only says how long closing takes."""
PATIENCE = 120.0
PAIR = plan(node("a"), node("b", "a"))


@dataclass
class Ground:
    """What outlives an engine: run folders, workers and, unless it is inline, a database."""

    root: Path
    url: str | None = None
    """PostgreSQL's address, `sqlite` for the state folder's file, or nothing."""
    workers: LivingWorkers = field(default_factory=LivingWorkers)
    slots: int = 4

    def __post_init__(self) -> None:
        self.state, self.project = State(self.root / "state"), self.root / "project"
        self.state.make()
        self.project.mkdir(exist_ok=True)
        self.launch = Launch(project=str(self.project), claude="/bin/claude", environment={})

    @property
    def runs(self) -> RunLibrary:
        """Readers and writers of the run folders, each with nothing remembered."""
        return RunLibrary(self.state, SystemClock(), self.project)

    @asynccontextmanager
    async def engine(self, runs: RunLibrary | None = None) -> AsyncIterator[InlineEngine]:
        """An engine that has taken over what the last one left, and lets go at the end."""
        tools = self.tools(runs or self.runs)
        store = await self.store()
        made = (
            DbosEngine(tools, Slots(self.slots), _nobody, store)
            if store
            else InlineEngine(tools, Slots(self.slots), _nobody)
        )
        try:
            await self.take_over(made)
            yield made
        finally:
            await made.abandon()

    async def store(self) -> Store | None:
        """The database, opened."""
        if self.url is None:
            return None
        if self.url == "sqlite":
            return await open_file(self.state.database, POLL)
        return await open_postgres(self.url, self.state.root, POLL)

    async def take_over(self, engine: InlineEngine) -> None:
        """Go on with what was begun, then begin what was accepted."""
        waiting = await engine.waiting()
        for run in RunFinder(self.state, self.project).all():
            if self.types(run)[-1:] not in ([], ["finished"]):
                engine.adopt(run, self.runs.plan(run), self.launch)
        for bare in waiting:
            await engine.accept(bare.model_copy(update={"launch": self.launch}))

    def tools(self, runs: RunLibrary) -> Tools:
        """The plugs."""
        workers: Workers = self.workers
        return Tools(
            workers={"claude": workers},
            worktrees=FlatWorktrees(self.root),
            gateway=QuietGateway(),
            profiles=NoSecrets(),
            runs=runs,
        )

    def asked(self, run: str = RUN, of: Plan = PAIR) -> Submission:
        """What a client hands in."""
        return Submission(run=run, plan=of, config={}, launch=self.launch, by="terminal")

    def types(self, run: str = RUN) -> list[str]:
        """What the log says, by its types."""
        return [event.type for event in self.runs.events(run)]

    def at_work(self, name: str) -> bool:
        """Whether a node's worker is at work."""
        return name in [attempt.node for attempt in self.workers.at_work]

    async def finish(self, engine: InlineEngine, *names: str) -> None:
        """Let nodes end one after the other, and wait until no run is live."""
        for name in names:
            await until(lambda name=name: self.at_work(name))
            self.workers.let_go(name)
        await until(lambda: not engine.live)


async def until(done: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE):
        while not done():
            await asyncio.sleep(0.005)


async def eventually(done: Callable[[], Awaitable[object]]) -> None:
    """Wait for a condition that has to be asked for."""
    async with asyncio.timeout(PATIENCE):
        while not await done():
            await asyncio.sleep(0.02)


def _nobody(run: str, event: Event) -> None:
    return None
