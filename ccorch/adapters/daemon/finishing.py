"""What is written when a run is over: the verdict, the copy of the ledger, the list of all files and scores."""

from pathlib import Path

from ccorch.adapters.harmless import never_fatal
from ccorch.adapters.records import RecordFiles
from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.engine.result import set_aside
from ccorch.ports import Worktrees
from ccorch.schema.event import Ended, Event, Finished, Reopened, Skipped
from ccorch.schema.plan import Plan
from ccorch.schema.run_state import RunState
from ccorch.schema.verdict import Check, Verdict
from ccorch.verify.evidence import evidence
from ccorch.verify.judge import judge
from ccorch.views.scores import scores

LEDGER = "ledger.ndjson"
VERDICT = "verdict.json"


def finish(state: State, runs: RunFolders, run: str, plan: Plan, ledger: bytes, at: float) -> None:
    """Write what a run that is over leaves; doing it again writes the same. Takes as long as the run is large."""
    runs.artifact(run, VERDICT, judge(evidence(runs, run)).model_dump_json(indent=1).encode())
    runs.artifact(run, LEDGER, ledger)
    runs.seal(run)
    with never_fatal(f"the attempts of run {run} cannot be scored"):
        _score(state, runs, run, plan, at)


def _score(state: State, runs: RunFolders, run: str, plan: Plan, at: float) -> None:
    """Score what real models did in real projects; the benchmark suite and checks have records of their own."""
    if plan.worker == "simulated" or Path(runs.project(run)).is_relative_to(state.bench):
        return
    records = RecordFiles(state.records)
    # somebody's own word on an attempt counts more than what is told by itself
    known = {(one.node, one.attempt) for one in records.experience().quality if one.run == run}
    for found in scores(run, plan, runs.events(run), at):
        if (found.node, found.attempt) not in known:
            records.add(found)


def stale(asked: Reopened) -> bytes:
    """The verdict on a run of which work is to be done again: what was judged counts for nothing."""
    reason = f"{', '.join(asked.nodes)} set back by {asked.by}: what they had given is stale"
    verdict = Verdict(judgement="unknown", checks=(Check(name="nodes passed", judgement="unknown", reason=reason),))
    return verdict.model_dump_json(indent=1).encode()


def set_result_aside(run: str, runs: RunFolders, worktrees: Worktrees) -> None:
    """Have what a run had written in all count for nothing; what keeps it from that is printed."""
    with never_fatal(f"the result of run {run} cannot be set aside"):
        set_aside(run, runs.project(run), worktrees, runs)


def given_up(state: RunState, why: str) -> tuple[Event, ...]:
    """The events that end a run which nobody can go on with."""
    events: list[Event] = []
    for name, node in state.nodes.items():
        if node.status == "running":
            events.append(Ended(node=name, attempt=node.attempt, passed=False, outcome="killed", reason=why))
        elif node.status == "waiting":
            events.append(Skipped(node=name, reason=why))
    return (*events, Finished(status="failed"))
