"""Drives every run of the machine: asks the rules what is due, writes it down, then does it."""

import asyncio
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from ccorch.engine.perform import Assignment, Tools, perform
from ccorch.errors import CcorchError, RunStateConflict
from ccorch.ports import AttemptId
from ccorch.rules.progress import begin, decide, evolve, fold
from ccorch.schema.event import Caller, Ended, Event, Started, StopAsked, Submitted
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run import Launch, RunState, Submission

TRY_AGAIN = 1.0
"""Seconds after which something that could not be written is tried again."""

PATIENCE = 0.2
"""Seconds between looks whether a worker that was asked to stop has gone."""

ASK_AGAIN = 2.0
"""Seconds after which a worker that was asked to stop is asked again."""


@dataclass
class LiveRun:
    """A run that is not over: its plan, its folded state and its attempts at work."""

    run: str
    plan: Plan
    launch: Launch
    state: RunState
    at_work: dict[AttemptId, asyncio.Task[None]] = field(default_factory=dict)


class Coordinator:
    """All live runs of this machine; everything happens on one event loop.

    What is recorded is durable before its effect. `seen` is told every event after it was written.
    """

    def __init__(self, tools: Tools, slots: int, seen: Callable[[str, Event], None]) -> None:
        self._tools = tools
        self._slots = slots
        self._seen = seen
        self._live: dict[str, LiveRun] = {}
        self._stopping: set[asyncio.Task[None]] = set()

    @property
    def live(self) -> tuple[str, ...]:
        """Runs that are not over."""
        return tuple(self._live)

    def submit(self, submission: Submission) -> None:
        """Write the run down and start what may start; a repeated submission changes nothing."""
        if submission.run in self._live:
            return
        self._tools.runs.create(submission)
        if next(self._tools.runs.events(submission.run), None) is not None:
            return
        plan = submission.plan
        accepted = Submitted(
            run=submission.run, plan=plan.sha256, by=submission.by, accepted_drift=submission.accepted_drift
        )
        # a run is live only once its acceptance is on disk: a failed submission may be tried again
        written = self._tools.runs.append(submission.run, accepted)
        self._live[submission.run] = LiveRun(submission.run, plan, submission.launch, evolve(begin(plan), written))
        self._seen(submission.run, written)
        self._pump()

    def adopt(self, run: str, plan: Plan, launch: Launch) -> None:
        """Go on with a run of an earlier daemon where its log says it stands; live attempts are attached to."""
        state = fold(plan, self._tools.runs.events(run))
        if state.finished:
            return
        live = self._live[run] = LiveRun(run, plan, launch, state)
        for node in plan.nodes:
            now = state.nodes[node.id]
            if now.status == "running":
                self._work(live, node, now.attempt)
        if state.stopping:
            self._stop_workers(live, "the run was asked to stop")
        self._pump()

    def stop(self, run: str, by: Caller, reason: str) -> bool:
        """Stop a run's workers and start no more; False when that was asked before."""
        live = self._live.get(run)
        if live is None:
            raise self._not_live(run)
        if live.state.stopping:
            return False
        try:
            self.record(run, StopAsked(by=by, reason=reason))
        finally:
            # workers are stopped also when that cannot be written: a full disk must not keep them spending
            self._stop_workers(live, reason or "the run was asked to stop")
        self._pump()
        return True

    def cut_off(self, reason: str) -> None:
        """Stop the workers of every live run; their nodes end, and what needs them is skipped."""
        for live in self._live.values():
            self._stop_workers(live, reason)

    def record(self, run: str, event: Event) -> None:
        """Write an event of a live run and fold it; events of runs that are over are dropped."""
        live = self._live.get(run)
        if live is None:
            return
        written = self._tools.runs.append(run, event)
        live.state = evolve(live.state, written)
        self._seen(run, written)

    async def abandon(self) -> None:
        """Let go of all attempts without ending them; their workers live on and are adopted later."""
        tasks = [task for live in self._live.values() for task in live.at_work.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _pump(self) -> None:
        """Do all that is due, runs of higher priority first, until every run waits for its workers."""
        for live in sorted(self._live.values(), key=lambda live: -live.plan.limits.priority):
            try:
                self._advance(live)
            except CcorchError as problem:  # one run that cannot be written down holds up no other
                print(f"run {live.run} waits: {problem.message}", file=sys.stderr, flush=True)
                asyncio.get_running_loop().call_later(TRY_AGAIN, self._pump)

    def _advance(self, live: LiveRun) -> None:
        while not isinstance(due := decide(live.plan, live.state), tuple):
            self.record(live.run, due)
        for node in due[: self._free_slots()]:
            attempt = live.state.nodes[node.id].attempt + 1
            self.record(live.run, Started(node=node.id, attempt=attempt))
            self._work(live, node, attempt)
        if live.state.finished:
            del self._live[live.run]

    def _free_slots(self) -> int:
        return max(self._slots - sum(len(live.at_work) for live in self._live.values()), 0)

    def _work(self, live: LiveRun, node: PlanNode, attempt: int) -> None:
        work = Assignment(
            id=AttemptId(live.run, node.id, attempt),
            plan=live.plan,
            node=node,
            launch=live.launch,
            needs={need: live.state.nodes[need].attempt for need in node.needs},
            is_stopping=lambda: live.state.stopping,
        )
        live.at_work[work.id] = asyncio.get_running_loop().create_task(self._see_through(live, work))

    async def _see_through(self, live: LiveRun, work: Assignment) -> None:
        try:
            ended = await perform(work, self._tools, lambda event: self.record(live.run, event))
        except Exception as bug:  # a bug of ours ends one attempt, not the daemon and every other run
            traceback.print_exc()
            await self._put_down(live, work)
            ended = Ended(
                node=work.node.id, attempt=work.id.attempt, passed=False, outcome="failed", reason=_bug(bug)
            )
        await self._write_down(live, ended)
        del live.at_work[work.id]
        self._pump()

    async def _put_down(self, live: LiveRun, work: Assignment) -> None:
        """See that nothing of an attempt goes on working or spending after its end is recorded."""
        workers = self._tools.workers[live.plan.worker]
        while workers.is_live(work.id):
            await workers.stop(work.id, "ccorch failed to follow it")
            await asyncio.sleep(PATIENCE)
        await self._tools.gateway.close(work.id)

    async def _write_down(self, live: LiveRun, ended: Ended) -> None:
        """Record an ending, however long the disk is full."""
        while True:
            try:
                return self.record(live.run, ended)
            except CcorchError as problem:
                print(f"run {live.run} waits: {problem.message}", file=sys.stderr, flush=True)
                await asyncio.sleep(TRY_AGAIN)

    def _stop_workers(self, live: LiveRun, reason: str) -> None:
        for attempt in live.at_work:
            stopping = asyncio.get_running_loop().create_task(self._stop_worker(live, attempt, reason))
            self._stopping.add(stopping)
            stopping.add_done_callback(self._stopping.discard)

    async def _stop_worker(self, live: LiveRun, attempt: AttemptId, reason: str) -> None:
        """Ask until it is over: a worker that was just being started may not have heard the first time."""
        while (at_work := live.at_work.get(attempt)) is not None and not at_work.done():
            await self._tools.workers[live.plan.worker].stop(attempt, reason)
            await asyncio.wait({at_work}, timeout=ASK_AGAIN)

    def _not_live(self, run: str) -> RunStateConflict:
        state = fold(self._tools.runs.plan(run), self._tools.runs.events(run))
        said = f"run {run} is over: {state.finished}; nothing was changed"
        return RunStateConflict(said, hint=f"`ccorch show {run[:8]}` shows it", run_id=run)


def _bug(bug: Exception) -> str:
    return f"a bug in ccorch ended this attempt: {type(bug).__name__}: {bug}; the daemon's log has the traceback"
