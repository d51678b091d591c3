"""Drives every run of the machine: asks the rules what is due, writes it down, then does it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial

from ccorch.engine import judging
from ccorch.engine.bugs import Bug, caught
from ccorch.engine.judging import Court
from ccorch.engine.live import NEXT_TRY, LiveRun
from ccorch.engine.parking import Parking
from ccorch.engine.perform import Assignment, Tools, perform
from ccorch.engine.stopping import Stopping
from ccorch.engine.verifying import Verifying
from ccorch.errors import CcorchError, RunNotFound, RunStateConflict
from ccorch.ports import AttemptId, Report
from ccorch.rules.admission import Busy, Slots, is_full, waits_for
from ccorch.rules.progress import begin, decide, evolve, fold
from ccorch.schema.event import (
    Answered,
    Ended,
    Event,
    Finished,
    Found,
    Moved,
    Outcome,
    PauseAsked,
    Reopened,
    ResumeAsked,
    Started,
    StopAsked,
    Submitted,
)
from ccorch.schema.fact import Asker
from ccorch.schema.finding import Finding
from ccorch.schema.ids import short_id
from ccorch.schema.plan import Plan, PlanGate, PlanNode, Vertex
from ccorch.schema.run import Launch, Submission

TRY_AGAIN = 1.0
"""Seconds after which something that could not be written is tried again."""

Perform = Callable[[Assignment, Tools, Report], Awaitable[Ended]]
"""Sees an attempt to its end."""


class Coordinator:
    """All live runs of this machine; everything happens on one event loop.

    What is recorded is durable before its effect. `seen` is told every event after it was written.
    """

    def __init__(
        self, tools: Tools, slots: Slots, seen: Callable[[str, Event], None], perform: Perform = perform
    ) -> None:
        self._tools = tools
        self._perform = perform
        self._slots = slots
        self._seen = seen
        self._live: dict[str, LiveRun] = {}
        self._stopping = Stopping(tools.workers)
        self._is_due = False
        self._verifying = Verifying(tools, self._proven)
        self._parking = Parking(tools.breakers, tools.now, self.record, lambda: self.at_work)
        tools.breakers.watch(self._soon)
        tools.gateway.watch(lambda: self._soon() if any(live.held for live in self._live.values()) else None)

    @property
    def live(self) -> tuple[str, ...]:
        """Runs that are not over."""
        return tuple(self._live)

    @property
    def at_work(self) -> tuple[AttemptId, ...]:
        """Attempts that are not over."""
        return tuple(attempt for live in self._live.values() for attempt in live.at_work)

    def submit(self, submission: Submission) -> None:
        """Write the run down and start what may start; a repeated submission changes nothing."""
        self._tools.runs.create(submission)
        if next(self._tools.runs.events(submission.run), None) is not None:
            return
        plan = submission.plan
        accepted = Submitted(
            run=submission.run,
            plan=plan.sha256,
            by=submission.by,
            who=submission.who,
            accepted_drift=submission.accepted_drift,
        )
        # a run is live only once its acceptance is on disk: a failed submission may be tried again
        written = self._tools.runs.append(submission.run, accepted)
        self._live[submission.run] = LiveRun(submission.run, plan, submission.launch, evolve(begin(plan), written))
        self._seen(submission.run, written)
        self._pump()

    def adopt(self, run: str, plan: Plan, launch: Launch) -> None:
        """Go on with a run of an earlier daemon where its log says it stands; live attempts are attached to."""
        live, latest = LiveRun(run, plan, launch, begin(plan)), dict[str, Event]()
        noticed: tuple[Finding, ...] = ()
        for event in self._tools.runs.events(run):
            live.take(event)
            noticed += live.watch.take(event)
            if isinstance(event, (Started, Answered)):
                latest[event.node] = event
        if live.state.finished:
            return
        self._live[run] = live
        for finding in noticed:  # what an earlier daemon saw and did not come to write down
            self.record(run, Found(finding=finding))
        for vertex in plan.vertices:
            now = live.state.nodes[vertex.id]
            if now.status == "running" and isinstance(vertex, PlanGate):
                self._judge(live, vertex, latest[vertex.id])
            elif now.status == "running" and isinstance(vertex, PlanNode):
                self._work(live, vertex, now.attempt)
        if live.state.stopping:
            self._stop_workers(live, "the run was asked to stop")
        # not at once: the slots that are taken are known only when every run of the earlier daemon is adopted
        asyncio.get_running_loop().call_soon(self._pump)

    def stop(self, run: str, by: Asker, reason: str) -> bool:
        """Stop a run's workers and start no more; False when that was asked before."""
        live = self._of(run)
        if live.state.stopping:
            return False
        try:
            self.record(run, StopAsked(by=by.by, who=by.who, reason=reason))
        finally:
            # workers are stopped also when that cannot be written: a full disk must not keep them spending
            self._stop_workers(live, reason or "the run was asked to stop")
        self._pump()
        return True

    def pause(self, run: str, by: Asker, reason: str) -> bool:
        """Start nothing more of a run; what is at work goes on. False when it is paused already."""
        if self._of(run).state.paused:
            return False
        self.record(run, PauseAsked(by=by.by, who=by.who, reason=reason))
        return True

    def resume(self, run: str, by: Asker, drift: tuple[str, ...] = ()) -> bool:
        """Go on with a paused run, and try at once where its profiles are shut; False when it waits for neither."""
        live = self._of(run)
        tries = self._parking.hurry(live)
        if not live.state.paused:
            return tries
        self.record(run, ResumeAsked(by=by.by, who=by.who, drift=drift))
        self._pump()
        return True

    def move(self, run: str, by: Asker, priority: int) -> bool:
        """Give a run another place in the queue; False when it has that one."""
        if self._of(run).state.priority == priority:
            return False
        self.record(run, Moved(by=by.by, who=by.who, priority=priority))
        self._pump()
        return True

    def reopen(self, run: str, asked: Reopened) -> None:
        """Have nodes of a live run done again; those at work are ended first."""
        self._of(run).wanted.append(asked)
        self._pump()

    def answer(self, run: str, answered: Answered) -> None:
        """Answer a gate; raises RunStateConflict when it does not wait for this answer."""
        live = self._of(run)
        gate = judging.asking(live.plan, live.state, answered)
        self.record(run, answered)
        self._settle(live, gate, answered)
        self._pump()

    def cut_off(self, reason: str) -> None:
        """Stop the workers of every live run; their nodes end, and what needs them is skipped."""
        for live in self._live.values():
            self._stop_workers(live, reason)

    def record(self, run: str, event: Event) -> Event | None:
        """Write an event of a live run and fold it; events of runs that are over are dropped."""
        live = self._live.get(run)
        if live is None or (isinstance(event, Found) and live.watch.knows(event.finding)):
            return None
        written = self._tools.runs.append(run, event)
        live.take(written)
        live.keep(self._tools.runs)
        self._seen(run, written)
        for finding in live.watch.take(written):
            self.record(run, Found(finding=finding))
        return written

    async def abandon(self) -> None:
        """Let go of all attempts without ending them; their workers live on and are adopted later."""
        self._verifying.abandon()
        for live in self._live.values():
            live.rest()
        tasks = [task for live in self._live.values() for task in live.at_work.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _soon(self) -> None:
        """Do all that is due as soon as what is being done is done."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        """Do all that is due, runs of higher priority first, until every run waits for its workers."""
        self._is_due = False
        for live in sorted(self._live.values(), key=lambda live: -live.state.priority):
            try:
                self._lose(live) if live.is_lost else self._advance(live)
            except RunNotFound:
                self._lose(live)
            except CcorchError as problem:  # one run that cannot be written down holds up no other
                print(f"run {live.run} waits: {problem.message}", file=sys.stderr, flush=True)
                asyncio.get_running_loop().call_later(TRY_AGAIN, self._pump)

    def _lose(self, live: LiveRun) -> None:
        """Let go of a run whose folder was deleted, once its workers have ended; what they spent stays booked."""
        if not live.is_lost:
            live.is_lost = True
            print(f"run {live.run} is lost: its folder is gone", file=sys.stderr, flush=True)
            live.rest()
        for attempt in live.at_work:
            self._stopping.ask(live, attempt, "the run's folder is gone")
        if not live.at_work and self._live.pop(live.run, None) is not None:
            # nobody can write it down; whoever keeps something of the run forgets it
            self._seen(live.run, Finished(status="failed"))

    def _advance(self, live: LiveRun) -> None:
        self._parking.unpark(live)
        held = 0
        while True:
            due = live.wanted[0] if live.wanted else decide(live.plan, live.state, self._tools.now(), held)
            if isinstance(due, Reopened):
                if self._is_held_up(live, due):
                    break
                self.record(live.run, live.timed(due, self._tools.now()))
                live.wanted = [wanted for wanted in live.wanted if wanted is not due]
            elif not isinstance(due, tuple):
                self.record(live.run, due)
            elif not due or (isinstance(due[0], PlanNode) and is_full(self._slots, self._busy())):
                break
            else:
                # who waits for a profile or model holds up no other node
                left = [vertex for vertex in due if not self._begin(live, vertex)]
                held |= sum(1 << live.state.nodes.wiring.positions[vertex.id] for vertex in left)
        if live.state.finished:
            live.rest()
            del self._live[live.run]
        elif (wait := self._parking.seconds_left(live)) is not None:
            live.wake(NEXT_TRY, wait, self._pump)

    def _is_held_up(self, live: LiveRun, due: Reopened) -> bool:
        """Whether workers of what is to be done again are still at work; they are asked to end first."""
        theirs = live.working_on(due.nodes)
        for attempt in theirs:
            self._stopping.ask(live, attempt, f"{due.by} has the work done again")
        return bool(theirs)

    def _begin(self, live: LiveRun, vertex: Vertex) -> bool:
        """Start a node or a gate; False when there is no slot for it."""
        attempt = live.state.nodes[vertex.id].attempt + 1
        if (not_done := judging.passed_over(self._court(live), vertex)) is not None:
            self.record(live.run, not_done)
            return True
        if isinstance(vertex, PlanGate):
            started = self.record(live.run, Started(node=vertex.id, attempt=attempt))
            assert started is not None, "the run is live"
            self._judge(live, vertex, started)
            return True
        if judging.has_to_wait(live.state, vertex):
            return False
        node = self._parking.way_of(live, vertex)
        if node is None or waits_for(self._slots, self._busy(), node.route) is not None:
            return False
        if live.plan.doer(vertex.id) != "simulated":
            held = self._tools.gateway.admit(AttemptId(live.run, vertex.id, attempt), node, live.plan)
            if held is not None:
                return self._parking.hold_back(live, vertex, attempt, held)
        self._parking.begun(live, node, attempt)
        self.record(live.run, Started(node=vertex.id, attempt=attempt))
        self._work(live, vertex, attempt)
        return True

    def _judge(self, live: LiveRun, gate: PlanGate, latest: Event) -> None:
        """Judge a gate by its conditions, else have it wait for its answer until the deadline."""
        if isinstance(latest, Answered):
            return self._settle(live, gate, latest)
        attempt, judged = live.state.nodes[gate.id].attempt, judging.judged(self._court(live), gate)
        if judged.passed and gate.verify and live.plan.worker != "simulated":
            self._verifying.begin(live, gate)
        elif gate.approval is None or not judged.passed:
            self._end_gate(live, gate.id, attempt, bool(judged.passed), judged.why)
        elif gate.approval.deadline_seconds is not None:
            late = Answered(node=gate.id, attempt=attempt, choice=gate.approval.default or "", by="deadline")
            wait = latest.at + gate.approval.deadline_seconds - self._tools.now()
            live.wake(gate.id, wait, lambda: self._answer_late(live, late))
        return None

    def _answer_late(self, live: LiveRun, late: Answered) -> None:
        try:
            self.answer(live.run, late)
        except CcorchError as problem:
            print(f"run {live.run} waits: {problem.message}", file=sys.stderr, flush=True)
            live.wake(late.node, TRY_AGAIN, lambda: self._answer_late(live, late))

    def _settle(self, live: LiveRun, gate: PlanGate, answered: Answered) -> None:
        """End a gate as it was answered."""
        assert gate.approval is not None, "only approvals are answered"
        live.rest(gate.id)
        passed = answered.choice in gate.approval.passes
        self._end_gate(live, gate.id, answered.attempt, passed, judging.said(answered))

    def _end_gate(self, live: LiveRun, gate: str, attempt: int, passed: bool, why: str) -> None:
        outcome: Outcome = "done" if passed else "gate_failed"
        self.record(live.run, Ended(node=gate, attempt=attempt, passed=passed, outcome=outcome, reason=why))

    async def _proven(self, live: LiveRun, ended: Ended) -> None:
        await self._write_down(live, ended)
        self._pump()

    def _court(self, live: LiveRun) -> Court:
        return Court(live.run, live.plan, live.state, self._tools.runs)

    def _busy(self) -> Busy:
        """What is at work, over all runs."""
        at_work = ((live, attempt.node) for live in self._live.values() for attempt in live.at_work)
        return Busy.of(live.on_its_way(node).route for live, node in at_work)

    def _work(self, live: LiveRun, planned: PlanNode, attempt: int) -> None:
        node = live.on_its_way(planned.id)
        work = Assignment(
            id=AttemptId(live.run, node.id, attempt),
            plan=live.plan,
            node=node,
            launch=live.launch,
            needs={need: live.state.nodes[need].attempt for need in judging.givers(live.plan, node)},
            is_stopping=lambda: live.state.stopping,
            undone=live.undone.get(node.id),
            attempt_of=lambda name: live.state.nodes[name].attempt,
            follows=tuple(name for name in node.after if live.state.nodes[name].status == "passed"),
        )
        if live.plan.doer(node.id) == "claude":
            self._tools.gateway.begin(work.id, node, live.plan)
        live.at_work[work.id] = asyncio.get_running_loop().create_task(self._see_through(live, work))

    async def _see_through(self, live: LiveRun, work: Assignment) -> None:
        ended = await caught(self._followed(live, work))
        if isinstance(ended, Bug):
            await self._stopping.put_down(live, work.id)
            await self._tools.gateway.close(work.id)
            self._parking.ended(live, work, "failed")
            ended = Ended(
                node=work.node.id, attempt=work.id.attempt, passed=False, outcome="failed", reason=ended.told
            )
        await self._write_down(live, ended)
        del live.at_work[work.id]
        live.ending.discard(work.id)
        self._pump()

    async def _followed(self, live: LiveRun, work: Assignment) -> Ended:
        ended = await self._perform(work, self._tools, partial(self._report, live.run))
        self._parking.ended(live, work, ended.outcome)
        return ended

    def _report(self, run: str, event: Event) -> None:
        self.record(run, event)

    async def _write_down(self, live: LiveRun, ended: Ended) -> None:
        """Record an ending, however long the disk is full."""
        while True:
            try:
                self.record(live.run, ended)
                return
            except RunNotFound:
                return self._lose(live)
            except CcorchError as problem:
                print(f"run {live.run} waits: {problem.message}", file=sys.stderr, flush=True)
                await asyncio.sleep(TRY_AGAIN)

    def _stop_workers(self, live: LiveRun, reason: str) -> None:
        for attempt in live.at_work:
            self._stopping.ask(live, attempt, reason)
        live.rest()
        for gate in live.plan.gates if live.state.tally.judging else ():
            if (now := live.state.nodes[gate.id]).status == "running":
                ended = Ended(node=gate.id, attempt=now.attempt, passed=False, outcome="stopped", reason=reason)
                self.record(live.run, ended)

    def _of(self, run: str) -> LiveRun:
        """The live run; raises RunStateConflict when it is over."""
        if (live := self._live.get(run)) is not None:
            return live
        state = fold(self._tools.runs.plan(run), self._tools.runs.events(run))
        how = "waits for `resume`: work of it was set back" if state.rerun else f"is over: {state.finished}"
        hint = f"`ccorch show {short_id(run)}` shows it"
        raise RunStateConflict(f"run {run} {how}; nothing was changed", hint=hint, run_id=run)
