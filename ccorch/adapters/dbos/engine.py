"""The engine that has runs and attempts in a database before they begin; the event log decides, rows follow it."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from ccorch.adapters.dbos.store import Row, Store
from ccorch.adapters.inline_engine import InlineEngine
from ccorch.engine.perform import Assignment, Tools, perform
from ccorch.errors import CcorchError, RunNotFound, StoreUnusable, WorkspaceUnwritable
from ccorch.ports import Report
from ccorch.rules.admission import Slots
from ccorch.schema.event import AnyEvent, Ended, Event, Finished
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, Submission

ANSWER_SECONDS = 30.0
"""How long a client is left waiting for the database before it is told so."""

LOOK = 0.2
"""Seconds between looks whether a run was stopped while the database is waited for."""

TRY_AGAIN = 1.0
"""Seconds after which what could not be written is tried again."""

DAY = 86_400.0
HISTORY_DAYS = 7
"""How long rows of what is over are kept unless the owner says otherwise."""


class DbosEngine(InlineEngine):
    """Drives runs on the event loop it is called from; one process hosts at most one."""

    def __init__(
        self,
        tools: Tools,
        slots: Slots,
        seen: Callable[[str, Event], None],
        store: Store,
        history_days: int = HISTORY_DAYS,
    ) -> None:
        super().__init__(tools, slots, self._follow, self._attempt)
        self._pass_on = seen
        self._store = store
        self._history_days = history_days
        self._accepting: set[str] = set()
        self._at_work: set[asyncio.Task[None]] = set()

    @property
    def live(self) -> tuple[str, ...]:
        """Runs that are not over, and those that are just being accepted."""
        return (*super().live, *self._accepting.difference(super().live))

    async def accept(self, submission: Submission) -> None:
        """Accept a run: it is in the database first, so that it is driven whatever is killed from then on."""
        run = submission.run
        if self._has_begun(run):
            return self.submit(submission)
        self._accepting.add(run)
        try:
            await self._keep(submission)
            try:
                self.submit(submission)
            except CcorchError:
                await self._store.retire([run])
                raise
        finally:
            self._accepting.discard(run)

    async def waiting(self) -> tuple[Submission, ...]:
        """Runs that were accepted and of which nothing has happened yet; they lack the caller's side."""
        rows = [row for row in await self._store.alive() if row.kind == "run" and not self._has_begun(row.id)]
        kept = [await self._store.about(row.id) for row in rows]
        return tuple(Submission.read(about) for about in kept if about)

    async def drop(self, run: str) -> None:
        """Forget an accepted run that cannot be begun."""
        await self._store.retire([run])

    def adopt(self, run: str, plan: Plan, launch: Launch) -> None:
        """Go on with a run of an earlier daemon; a database that does not know it learns of it."""
        super().adopt(run, plan, launch)
        if run in super().live:
            self._later(self._enter(run))

    async def tidy(self, now: float) -> None:
        """Bring the rows in step with the log where a full disk or a crash kept them from following it."""
        alive = await self._store.alive()
        await self._store.retire([row.id for row in alive if self._is_stale(row)])
        await self._store.prune(now - self._history_days * DAY)

    async def abandon(self) -> None:
        """Let go of everything; workers live on."""
        await super().abandon()
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)
        await self._store.close()

    def _follow(self, run: str, event: Event) -> None:
        """Rows are over when the log says so, never before."""
        if isinstance(event, Ended):
            self._store.end(f"{run}/{event.node}/{event.attempt}", _spelled(event))
        if isinstance(event, Finished):
            self._store.end(run, _spelled(event))
        self._pass_on(run, event)

    async def _attempt(self, work: Assignment, tools: Tools, report: Report) -> Ended:
        """Perform an attempt that the database knows of; one that is over there is not performed again."""
        if work.plan.worker == "simulated":
            return await perform(work, tools, report)
        known = await self._entered(work)
        return known or await perform(work, tools, report)

    async def _entered(self, work: Assignment) -> Ended | None:
        while not work.is_stopping():
            try:
                result = await self._unless_stopping(work)
            except StoreUnusable as problem:
                _tell(f"attempt {work.id} has no row: {problem.message}")
                return None
            except WorkspaceUnwritable as problem:
                _tell(f"attempt {work.id} waits: {problem.message}")
                await asyncio.sleep(TRY_AGAIN)
                continue
            known = AnyEvent.validate_json(result) if result else None
            return known.model_copy(update={"seq": 0}) if isinstance(known, Ended) else None
        return None

    async def _unless_stopping(self, work: Assignment) -> str | None:
        """What the database says, however long it takes to answer; nothing when the run is stopped meanwhile."""
        asked = asyncio.ensure_future(self._store.begin("attempt", str(work.id)))
        try:
            while not asked.done() and not work.is_stopping():
                await asyncio.wait({asked}, timeout=LOOK)
            return asked.result() if asked.done() else None
        finally:
            asked.cancel()

    async def _keep(self, submission: Submission) -> None:
        keeping = asyncio.ensure_future(self._store.begin("run", submission.run, _bare(submission)))
        done, _ = await asyncio.wait({keeping}, timeout=ANSWER_SECONDS)
        if not done:
            self._later(self._withdraw(submission.run, keeping))
            raise StoreUnusable(
                f"the engine's database did not answer within {ANSWER_SECONDS:g}s; the run was not accepted",
                hint="see that the database runs, then submit again",
            )
        keeping.result()

    async def _withdraw(self, run: str, keeping: asyncio.Future[str | None]) -> None:
        """Take back what was written after its client had been told that it was not."""
        await keeping
        if run not in self.live:
            await self._store.retire([run])

    async def _enter(self, run: str) -> None:
        if await self._store.begin("run", run) is not None:  # it was over, and something of it is done again
            await self._store.forget([run])
            await self._store.begin("run", run)

    def _is_stale(self, row: Row) -> bool:
        return row.id.partition("/")[0] not in self.live or not self._is_at_work(row)

    def _is_at_work(self, row: Row) -> bool:
        return row.kind == "run" or row.id in map(str, self.at_work)

    def _has_begun(self, run: str) -> bool:
        try:
            return next(self._tools.runs.events(run), None) is not None
        except RunNotFound:
            return False

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(_told(work))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)


async def _told(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except CcorchError as problem:  # the log decides, so a row that could not be written is made up for later
        _tell(problem.message)


def _bare(submission: Submission) -> str:
    """The submission without the caller's side, which may hold secrets and lies in the state folder."""
    bare = Launch(project=submission.launch.project, claude=None, environment={})
    return submission.model_copy(update={"launch": bare}).as_json()


def _spelled(event: Event) -> str:
    return AnyEvent.dump_json(event).decode()


def _tell(said: str) -> None:
    print(said, file=sys.stderr, flush=True)
