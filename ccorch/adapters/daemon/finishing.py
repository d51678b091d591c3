"""What is written when a run is over: the verdict, the copy of the ledger and the list of all files."""

import json
from collections.abc import Iterable

from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.rules.progress import begin, evolve
from ccorch.schema.event import Event, ModelServed, Reopened
from ccorch.schema.plan import Plan
from ccorch.schema.run import RunState
from ccorch.schema.verdict import Check, Verdict
from ccorch.verify.judge import NodeFacts, judge

LEDGER = "ledger.ndjson"
VERDICT = "verdict.json"

Served = dict[tuple[str, int], dict[str, None]]
"""Models that answered each attempt, in order."""


def finish(runs: RunFolders, run: str, plan: Plan, ledger: bytes) -> None:
    """Write what a run that is over leaves; doing it again writes the same. Takes as long as the run is large."""
    state, served = _read(plan, runs.events(run))
    verdict = judge(plan, state, {node.id: _facts(runs, run, node.id, state, served) for node in plan.nodes})
    runs.artifact(run, VERDICT, verdict.model_dump_json(indent=1).encode())
    runs.artifact(run, LEDGER, ledger)
    runs.seal(run)


def stale(plan: Plan, asked: Reopened) -> bytes:
    """The verdict on a run of which work is to be done again: what was judged counts for nothing."""
    reason = f"{', '.join(asked.nodes)} set back by {asked.by}: what they had given is stale"
    verdict = Verdict(judgement="unknown", checks=(Check(name="nodes passed", judgement="unknown", reason=reason),))
    return verdict.model_dump_json(indent=1).encode()


def _read(plan: Plan, events: Iterable[Event]) -> tuple[RunState, Served]:
    state, served = begin(plan), Served()
    for event in events:
        state = evolve(state, event)
        if isinstance(event, ModelServed):
            served.setdefault((event.node, event.attempt), {})[event.model] = None
    return state, served


def _facts(runs: RunFolders, run: str, node: str, state: RunState, served: Served) -> NodeFacts:
    attempt = state.nodes[node].attempt
    folder = f"nodes/{node}/{attempt}"
    change = runs.read(run, f"{folder}/change.json")
    return NodeFacts(
        changed=tuple(json.loads(change)["files"]) if change else None,
        served=tuple(served.get((node, attempt), ())),
        folder=folder,
    )
