"""Gates that verify: what was written before them is judged by evidence and tried by commands, beside the loop."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ccorch.engine.bugs import Bug, caught
from ccorch.engine.live import LiveRun
from ccorch.engine.perform import Tools
from ccorch.errors import CcorchError, ProjectInvalid
from ccorch.ports.attempt import attempt_folder
from ccorch.rules.graph import ancestors
from ccorch.schema.checks import Checks
from ccorch.schema.event import Ended, Outcome
from ccorch.schema.plan import PlanGate
from ccorch.schema.verdict import Check, Subject, Verdict
from ccorch.verify.evidence import Evidence, evidence
from ccorch.verify.hiding import known_values
from ccorch.verify.judge import concluded, of_nodes
from ccorch.verify.trying import Lab, Trials, on_result, sandbox_of, subject_of, writer_of

Over = Callable[[LiveRun, Ended], Awaitable[None]]
"""Told how a gate ended."""


@dataclass(frozen=True)
class _Case:
    """What a gate verifies."""

    lab: Lab
    gate: PlanGate
    found: Evidence
    folder: str

    @property
    def checks(self) -> Checks:
        return self.found.plan.checks


class Verifying:
    """Verifies one gate after the other: commands want the machine for themselves."""

    def __init__(self, tools: Tools, over: Over) -> None:
        self._tools = tools
        self._over = over
        self._turn = asyncio.Lock()
        self._at_work: set[asyncio.Task[None]] = set()
        self._let_go = False

    def begin(self, live: LiveRun, gate: PlanGate) -> None:
        """Verify beside the loop; a gate that is over or done again meanwhile is not changed by it."""
        task = asyncio.get_running_loop().create_task(self._prove(live, gate, live.state.nodes[gate.id].attempt))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    def abandon(self) -> None:
        """Let go of what is being verified; whoever adopts the run begins it anew."""
        self._let_go = True

    async def _prove(self, live: LiveRun, gate: PlanGate, attempt: int) -> None:
        async with self._turn:
            if self._is_unwanted(live, gate, attempt):
                return
            passed, why = await self._judged(live, gate, attempt)
        if self._is_unwanted(live, gate, attempt):
            return
        outcome: Outcome = "done" if passed else "gate_failed"
        await self._over(live, Ended(node=gate.id, attempt=attempt, passed=passed, outcome=outcome, reason=why))

    def _is_unwanted(self, live: LiveRun, gate: PlanGate, attempt: int) -> bool:
        return self._let_go or not live.state.is_running(gate.id, attempt)

    async def _judged(self, live: LiveRun, gate: PlanGate, attempt: int) -> tuple[bool, str]:
        judged = await caught(asyncio.to_thread(self._proven, live, gate, attempt))
        return (False, judged.told) if isinstance(judged, Bug) else judged

    def _proven(self, live: LiveRun, gate: PlanGate, attempt: int) -> tuple[bool, str]:
        try:
            verdict = prove(live, gate, attempt, self._tools, partial(self._is_unwanted, live, gate, attempt))
        except CcorchError as problem:
            return False, problem.message
        return verdict.judgement == "pass", _said(verdict)


def prove(
    live: LiveRun, gate: PlanGate, attempt: int, tools: Tools, unwanted: Callable[[], bool] = lambda: False
) -> Verdict:
    """The verdict on what was written before a gate; it lies in the gate's folder, beside what commands printed."""
    assert tools.trying is not None, "who drives real workers can try what they wrote"
    project, folder = Path(live.launch.project), attempt_folder(gate.id, attempt)
    results, commands = tools.trying
    told, caller = evidence(tools.runs, live.run), live.launch.environment
    secrets = known_values(told.plan, tools.profiles, live.launch)
    room = (sandbox_of(told.plan), tools.setups, writer_of(told.plan, gate.lane), secrets)
    lab = Lab(live.run, project, tools.runs, results, tools.worktrees, commands, caller, unwanted, *room)
    case = _Case(lab, gate, told, folder)
    checks, subject = _checks(case)
    verdict = concluded(checks).model_copy(update={"subject": subject, "at": tools.now()})
    tools.runs.artifact(live.run, f"{folder}/verdict.json", verdict.model_dump_json(indent=1).encode())
    return verdict


def _checks(case: _Case) -> tuple[tuple[Check, ...], Subject | None]:
    plan, lab = case.found.plan, case.lab
    needs = {vertex.id: vertex.needs for vertex in plan.vertices}
    before = ancestors(needs, case.gate.id)
    writers = [node.id for node in plan.nodes if node.writes and node.id in before]
    checks = tuple(of_nodes(case.found, writers))
    changes = [change for name in writers if (change := case.found.nodes[name].change) and change.files]
    base = plan.inputs.commit
    if base is None or not changes:
        return (*checks, Check(name="result", judgement="unknown", reason="nothing was written before it")), None
    try:
        made = lab.worktrees.merged(lab.project, base, [change.commit for change in changes])
    except ProjectInvalid as problem:
        return (*checks, Check(name="result", judgement="fail", reason=problem.message)), None
    wanted, between = case.checks, (base, made)
    changed = lab.results.changed(lab.project, *between)
    trials = Trials(wanted.commands, wanted.invariants, wanted.seconds, case.gate.planted)
    tried = on_result(lab, wanted, trials, between, changed, f"{case.folder}/checks")
    return (*checks, *tried), subject_of(between, case.gate.lane, changed, trials, wanted)


def _said(verdict: Verdict) -> str:
    """Why, in a sentence: what stands against it, else how much was checked."""
    against = [f"{one.name}: {one.reason}" for one in verdict.checks if one.judgement != "pass"]
    return "; ".join(against) or f"{len(verdict.checks)} checks passed"
