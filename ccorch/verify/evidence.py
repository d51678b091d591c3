"""What lies in a run folder about a run: where its nodes stand, what they changed and which models answered."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from ccorch.errors import EvidenceForged
from ccorch.ports import Runs
from ccorch.ports.attempt import attempt_folder
from ccorch.rules.progress import begin, evolve
from ccorch.schema.change import ChangeRecord
from ccorch.schema.event import Event, Found, ModelServed, ToolCalled
from ccorch.schema.finding import Finding
from ccorch.schema.plan import Plan
from ccorch.schema.run_state import RunState

RUNS_PROGRAMS = ("Bash",)
"""Tools by which a worker starts programs that may touch anything."""


@dataclass(frozen=True)
class NodeFacts:
    """What lies in the run folder about a node's latest attempt."""

    change: ChangeRecord | None
    """What a writing attempt changed; null is unknown."""
    served: tuple[str, ...]
    """Models that answered."""
    ran_programs: bool
    """Whether the worker started programs."""
    folder: str
    """Evidence folder, relative to the run's."""
    findings: tuple[Finding, ...] = ()
    """What rules noticed in that attempt."""


@dataclass(frozen=True)
class Evidence:
    """A run as its folder tells it."""

    plan: Plan
    state: RunState
    nodes: Mapping[str, NodeFacts]


@dataclass
class _Seen:
    served: dict[str, None]
    ran_programs: bool = False
    findings: tuple[Finding, ...] = ()


def evidence(runs: Runs, run: str) -> Evidence:
    """Everything that judges need; raises RunCorrupt where the plan or the log cannot be read."""
    plan = runs.plan(run)
    state, seen = _read(plan, runs.events(run))
    return Evidence(plan, state, {node.id: _facts(runs, run, node.id, state, seen) for node in plan.nodes})


def _read(plan: Plan, events: Iterable[Event]) -> tuple[RunState, dict[tuple[str, int], _Seen]]:
    state, seen = begin(plan), dict[tuple[str, int], _Seen]()
    for event in events:
        state = evolve(state, event)
        match event:
            case ModelServed(node=node, attempt=attempt, model=model):
                seen.setdefault((node, attempt), _Seen({})).served[model] = None
            case ToolCalled(node=node, attempt=attempt, tool=tool) if tool in RUNS_PROGRAMS:
                seen.setdefault((node, attempt), _Seen({})).ran_programs = True
            case Found(finding=finding) if finding.provisional:
                pass  # judged is what was found at the end
            case Found(finding=finding) if finding.node is not None and finding.attempt is not None:
                noticed = seen.setdefault((finding.node, finding.attempt), _Seen({}))
                noticed.findings = (*noticed.findings, finding)
    return state, seen


def _facts(runs: Runs, run: str, node: str, state: RunState, seen: Mapping[tuple[str, int], _Seen]) -> NodeFacts:
    attempt = state.nodes[node].attempt
    folder = attempt_folder(node, attempt)
    known = seen.get((node, attempt), _Seen({}))
    return NodeFacts(_change(runs, run, folder), tuple(known.served), known.ran_programs, folder, known.findings)


def _change(runs: Runs, run: str, folder: str) -> ChangeRecord | None:
    """The record of the change; null when there is none, or none that can be read."""
    try:
        content = runs.read(run, f"{folder}/change.json")
        return None if content is None else ChangeRecord.model_validate(json.loads(content))
    except (EvidenceForged, ValueError, ValidationError):
        return None
