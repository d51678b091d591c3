"""What the daemon hosts: the engine, its bookkeeping after every event, and the housekeeping."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ccorch.adapters.daemon.billing import Bills
from ccorch.adapters.daemon.finishing import LEDGER, VERDICT, finish, given_up, set_result_aside, stale
from ccorch.adapters.daemon.indexing import Indexing
from ccorch.adapters.daemon.launches import Launches
from ccorch.adapters.daemon.resuming import Resuming
from ccorch.adapters.daemon.retention import DEFAULT_DAYS, Over, Retention
from ccorch.adapters.daemon.telling import check_hears, steered
from ccorch.adapters.daemon.turns import Turns
from ccorch.adapters.gateway.books import RunBooks
from ccorch.adapters.harmless import never_fatal, told
from ccorch.adapters.inline_engine import InlineEngine
from ccorch.adapters.run_folder.index import Index
from ccorch.adapters.run_folder.layout import EVENTS, State
from ccorch.adapters.run_folder.reading import modified_at
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.adapters.usage.store import UsageStore
from ccorch.engine.perform import Tools
from ccorch.engine.result import keep_result
from ccorch.errors import CcorchError, RunCorrupt, RunNotFound, RunStateConflict
from ccorch.ports import AttemptId, Clock
from ccorch.rules.admission import Slots
from ccorch.rules.progress import again, fold
from ccorch.rules.rerouting import asked_way
from ccorch.schema.event import Answered, Ended, Event, Finished, Reopened, Submitted
from ccorch.schema.fact import Asker
from ccorch.schema.ids import short_id
from ccorch.schema.noted import Noted
from ccorch.schema.plan import Plan
from ccorch.schema.run import Launch, Submission, Told

TIDY_SECONDS = 60.0
IDLE_SECONDS = 600.0
STRANGE_SECONDS = 300.0
"""How much longer than its slowest node a run that this state folder does not know may be silent."""


Drive = Callable[[Tools, Slots, Callable[[str, Event], None]], InlineEngine]
"""Makes the engine: what it works with, its limits, and who is told every event."""


@dataclass(frozen=True)
class Shelf:
    """Where the host keeps things."""

    state: State
    runs: RunFolders
    index: Index
    books: RunBooks
    clock: Clock
    resuming: Resuming
    forget: Callable[[str], None]
    """Tells the gateway that a run is over."""
    usage: UsageStore
    recall: Callable[[str], None] = lambda run: None
    """Tells the gateway that a run which was over goes on."""


class Host:
    """Answers the daemon's desk; keeps index, verdict, ledger copy and retention in step with the log."""

    def __init__(self, shelf: Shelf, tools: Tools, slots: Slots, drive: Drive = InlineEngine) -> None:
        self._shelf = shelf
        self._tools = tools
        self._engine = drive(tools, slots, self._seen)
        self._launches = Launches(shelf.state)
        self._retention = Retention(shelf.state)
        self._bills = Bills(shelf.runs, shelf.state.bills)
        self._indexing = Indexing(shelf.index, shelf.runs)
        self._turns = Turns()
        self._tidied_at = 0.0
        self._plans: dict[str, Plan] = {}
        self._copied: dict[str, int] = {}
        self._strangers: set[str] = set()
        self._at_work: set[asyncio.Task[None]] = set()
        self.idle_seconds = IDLE_SECONDS

    @property
    def live(self) -> tuple[str, ...]:
        """Runs that are not over."""
        return self._engine.live

    async def submit(self, submission: Submission) -> None:
        """Write the caller's side down privately, then accept the run."""
        await self._turns.free(submission.run)
        await self._turns.hold(submission.run, asyncio.get_running_loop().create_task(self._accept(submission)))

    async def _accept(self, submission: Submission) -> None:
        self.idle_seconds = float(submission.launch.idle_exit_seconds)
        is_new = self._is_new(submission.run)
        if is_new:
            self._launches.keep(submission)
            self._plans[submission.run] = submission.plan
        try:
            await self._engine.accept(submission)
        except CcorchError:
            if is_new:
                self._plans.pop(submission.run, None)
                with never_fatal(f"the caller's side of run {submission.run} cannot be deleted"):
                    self._launches.take_back(submission.run)
            raise

    def stop(self, run: str, by: Asker, reason: str) -> bool:
        """Ask a run to stop."""
        return self._engine.stop(run, by, reason)

    def pause(self, run: str, by: Asker, reason: str) -> bool:
        """Start nothing more of a run."""
        return self._engine.pause(run, by, reason)

    def resume(self, run: str, by: Asker, launch: Launch | None, drift: tuple[str, ...] = ()) -> bool:
        """Go on with a run; one that was over needs its caller's side anew."""
        if run not in self._engine.live:
            self._wake(run, launch)
        return self._engine.resume(run, by, drift)

    def move(self, run: str, by: Asker, priority: int) -> bool:
        """Give a run another place in the queue."""
        return self._engine.move(run, by, priority)

    async def retry(self, run: str, node: str, by: Asker, reason: str) -> tuple[str, ...]:
        """Have a node and everything after it done again; their names. A run that was over waits for `resume`."""
        await self._turns.free(run)
        plan = self._shelf.runs.plan(run)
        state = fold(plan, self._shelf.runs.events(run))
        asked = again(plan, state, node, by, reason)
        if run in self._engine.live:
            self._engine.reopen(run, asked)
        else:
            self._retention.cancel(run)
            await self._set_back(run, plan, asked)
        return asked.nodes

    async def _set_back(self, run: str, plan: Plan, *asked: Event) -> None:
        """Write down that work of a run that was over is done again; what it had given counts for nothing."""
        for event in asked:
            if isinstance(event, Reopened):
                self._shelf.runs.artifact(run, VERDICT, stale(event))
            self._seen(run, self._shelf.runs.append(run, event))
        await asyncio.to_thread(set_result_aside, run, self._shelf.runs, self._tools.worktrees)

    async def send(self, run: str, told: Told, launch: Launch | None) -> Literal["live", "resumed"]:
        """Tell a worker something: in its session while it is at work, else by going on with its session."""
        await self._turns.free(run)
        plan = self._shelf.runs.plan(run)
        state = fold(plan, self._shelf.runs.events(run))
        check_hears(run, plan, told)
        if run in self._engine.live and state.nodes[told.node].status == "running":
            await self._tell_worker(run, plan, state.nodes[told.node].attempt, told)
            return "live"
        asked = again(plan, state, told.node, told, "it was told something more", told.text)
        asked = asked.model_copy(update={"drift": told.drift})
        way = asked_way(plan.by_id[told.node], state.nodes[told.node].way, told.profile)
        if run in self._engine.live:
            if way is not None:
                raise RunStateConflict("a run that is not over keeps its routes", hint="stop it, then send again")
            self._engine.reopen(run, asked)
            return "resumed"
        await self._set_back(run, plan, asked, *((way,) if way else ()))
        self._wake(run, launch)
        self._engine.resume(run, told)
        return "resumed"

    async def _tell_worker(self, run: str, plan: Plan, attempt: int, told: Told) -> None:
        spoken = AttemptId(run, told.node, attempt)
        if not await self._tools.workers[plan.doer(told.node)].say(spoken, told.text, told.interrupts):
            said = f"the worker of {told.node} does not listen: it has just ended, or only rehearses"
            raise RunStateConflict(said, hint="send it again: its session then goes on")
        self._engine.record(run, steered(attempt, told))

    def answer(self, run: str, answered: Answered) -> None:
        """Answer a gate that waits."""
        self._engine.answer(run, answered)

    def note(self, run: str, noted: Noted) -> None:
        """Write a note into the log of a run, also of one that is over, and tell its bill anew."""
        if run in self._engine.live:
            self._engine.record(run, noted)
        else:
            self._seen(run, self._shelf.runs.append(run, noted))
            self._later(asyncio.to_thread(self._shelf.runs.relist, run))
        self._later(asyncio.to_thread(self._bills.tell, run, self._shelf.clock.now()))

    def tell(self, run: str, event: Event) -> None:
        """Write down what the gateway noticed about a run."""
        self._engine.record(run, event)

    async def take_over(self, unfinished: Sequence[str]) -> None:
        """Go on with what an earlier daemon had begun, then begin what it had only accepted."""
        accepted = {bare.run: bare for bare in await self._engine.waiting()}
        self.adopt([run for run in unfinished if run not in accepted])
        for bare in accepted.values():
            self._retention.cancel(bare.run)
            try:
                launch = self._launches.of(bare.run, bare.plan)
                await self.submit(bare.model_copy(update={"launch": launch}))
            except CcorchError as problem:
                print(f"run {bare.run} was accepted and cannot be begun: {problem.message}", flush=True)
                if isinstance(problem, RunCorrupt):  # the caller's side is lost, so nobody can begin it
                    await self._engine.drop(bare.run)

    def adopt(self, unfinished: Sequence[str]) -> None:
        """Go on with the runs of an earlier daemon; one whose log or plan cannot be read is left as it is."""
        for run in unfinished:
            try:
                self._adopt(run)
            except (CcorchError, OSError) as problem:
                print(f"run {run} cannot be adopted: {problem}", flush=True)
                if isinstance(problem, RunCorrupt):
                    self._indexing.leave_out(run)
        self._end_strangers()

    def cut_off(self, reason: str) -> None:
        """Stop the workers of every live run."""
        self._engine.cut_off(reason)

    def settle(self, over: Sequence[str]) -> None:
        """Finish what an earlier daemon was cut off from finishing."""
        for run in self._retention.without_term():
            with never_fatal(f"run {run} cannot be closed"):
                if run in over:
                    self._turns.hold(run, self._later(self._closed(run)))
                elif not self._exists(run):
                    self._retention.begin(run, Over(at=self._shelf.clock.now(), keep_raw=DEFAULT_DAYS))

    async def abandon(self) -> None:
        """Let go of all attempts; their workers live on. What is being written is written to its end."""
        self._turns.close()
        await self._engine.abandon()
        await asyncio.gather(*self._at_work, return_exceptions=True)
        self._indexing.close()

    def tidy(self) -> None:
        """Make up for what could not be written, and delete evidence whose time is over; at most once a minute."""
        now = self._shelf.clock.now()
        if now - self._tidied_at < TIDY_SECONDS:
            return
        self._tidied_at = now
        self._indexing.catch_up()
        self._end_strangers()
        self._later(asyncio.to_thread(self._retention.tidy, now))
        self._later(asyncio.to_thread(self._shelf.usage.catch_up))
        self._later(self._engine.tidy(now))

    def _is_new(self, run: str) -> bool:
        return not self._exists(run) or next(self._shelf.runs.events(run), None) is None

    def _exists(self, run: str) -> bool:
        try:
            return bool(self._shelf.runs.project(run))
        except RunNotFound:
            return False

    def _adopt(self, run: str) -> None:
        plan = self._shelf.runs.plan(run)
        set_result_aside(run, self._shelf.runs, self._tools.worktrees)
        if not self._shelf.state.private(run).is_dir():
            self._strangers.add(run)
            return
        try:
            launch = self._launches.of(run, plan)
        except RunCorrupt as problem:
            # what somebody set back after its end waits for a caller who brings everything anew
            if not fold(plan, self._shelf.runs.events(run)).rerun:
                self._give_up(run, plan, problem.message)
            return
        self._take_up(run, plan, launch)

    def _wake(self, run: str, launch: Launch | None) -> None:
        """Take up a run that was over and has been set back; raises RunStateConflict for any other."""
        plan = self._shelf.runs.plan(run)
        state = fold(plan, self._shelf.runs.events(run))
        if not state.rerun or launch is None:
            said = f"run {run} is over: {state.finished}; nothing was changed"
            raise RunStateConflict(
                said, hint=f"`ccorch retry {short_id(run)} NODE` sets work of it back", run_id=run
            )
        self._launches.renew(run, plan, launch)
        self._shelf.recall(run)
        self._take_up(run, plan, launch)

    def _take_up(self, run: str, plan: Plan, launch: Launch) -> None:
        self._retention.cancel(run)
        self._plans[run] = plan
        self._shelf.resuming.read(run, self._shelf.runs.events(run))
        self._engine.adopt(run, plan, launch)
        # whoever was killed between booking a request and telling its run, or before it told what it found open
        for event in self._shelf.books.untold(run, self._shelf.runs.events(run)):
            self._engine.record(run, event)

    def _end_strangers(self) -> None:
        """End unfinished runs from elsewhere, unless the daemon of another state folder may be driving them."""
        for run in tuple(self._strangers):
            try:
                plan, log = self._shelf.runs.plan(run), self._shelf.runs.folder(run) / EVENTS
                patience = STRANGE_SECONDS + max((node.timeout_seconds for node in plan.nodes), default=0)
                if self._shelf.clock.now() - modified_at(log) > patience:
                    self._strangers.discard(run)
                    self._give_up(run, plan, "nothing of this run is known to this machine's daemon")
            except (CcorchError, OSError) as problem:
                self._strangers.discard(run)
                print(f"run {run} cannot be ended: {problem}", flush=True)

    def _give_up(self, run: str, plan: Plan, why: str) -> None:
        """End a run that nobody can go on with."""
        state = fold(plan, self._shelf.runs.events(run))
        if state.finished:
            return
        for node in plan.nodes:
            now = state.nodes[node.id]
            if now.status == "running":
                self._later(self._tools.workers[plan.doer(node.id)].stop(AttemptId(run, node.id, now.attempt), why))
        print(f"run {run} is ended as failed: {why}", flush=True)
        for event in given_up(state, why):
            self._seen(run, self._shelf.runs.append(run, event))

    def _seen(self, run: str, event: Event) -> None:
        """Keep everything in step with an event; what fails is made up for later, for the log is the truth."""
        if isinstance(event, Finished) and not self._exists(run):
            return self._lost(run)
        (self._indexing.now if isinstance(event, (Submitted, Finished)) else self._indexing.soon)(run)
        if isinstance(event, Ended):
            with never_fatal(f"the ledger of run {run} cannot be copied"):
                self._copy_ledger(run)
        if isinstance(event, Finished):
            with never_fatal(f"run {run} cannot be closed"):
                self._turns.hold(run, self._later(self._closed(run)))
        return None

    def _lost(self, run: str) -> None:
        """Keep nothing of a run whose folder was deleted but what it has spent, and its evidence for a while."""
        self._forget(run)
        self._indexing.leave_out(run)
        self._retention.begin(run, Over(at=self._shelf.clock.now(), keep_raw=DEFAULT_DAYS))

    def _forget(self, run: str) -> None:
        self._shelf.books.forget(run)
        self._shelf.forget(run)
        self._copied.pop(run, None)
        self._plans.pop(run, None)
        self._forget_launch(run)

    def _copy_ledger(self, run: str) -> None:
        copied = self._copied.get(run)
        lines = self._shelf.books.lines_of(run, copied or 0)
        if copied is None:  # what an earlier daemon copied may end in a torn line
            self._shelf.runs.artifact(run, LEDGER, lines)
        elif lines:
            self._shelf.runs.grow(run, LEDGER, lines)
        self._copied[run] = (copied or 0) + lines.count(b"\n")

    def _closed(self, run: str) -> Coroutine[Any, Any, None]:
        """Finish a run that is over; what is large about it is done beside the loop."""
        ledger = self._shelf.books.lines_of(run)
        plan = self._plans.get(run) or self._shelf.runs.plan(run)
        self._forget(run)
        return asyncio.to_thread(self._close, run, plan, ledger)

    def _close(self, run: str, plan: Plan, ledger: bytes) -> None:
        with never_fatal(f"what run {run} has written cannot be put together"):
            keep_result(run, plan, self._shelf.runs.project(run), self._tools.worktrees, self._shelf.runs)
        now = self._shelf.clock.now()
        finish(self._shelf.state, self._shelf.runs, run, plan, ledger, now)
        with never_fatal(f"the bill of run {run} cannot be written"):
            self._bills.tell(run, now)
        self._retention.begin(run, Over(at=now, keep_raw=plan.limits.keep_raw))
        self._retention.tidy(now)

    def _forget_launch(self, run: str) -> None:
        with never_fatal(f"the caller's side of run {run} cannot be deleted"):
            self._launches.forget(run)

    def _later(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(told(work))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        return task
