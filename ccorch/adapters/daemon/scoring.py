"""Keeps how good the attempts of a run were, when it is over; what is kept already stays as it is."""

from pathlib import Path

from ccorch.adapters.records import RecordFiles
from ccorch.adapters.run_folder.layout import State
from ccorch.adapters.run_folder.runs import RunFolders
from ccorch.schema.plan import Plan
from ccorch.views.scores import scores


def score_attempts(state: State, runs: RunFolders, run: str, plan: Plan, at: float) -> None:
    """Score what real models did in real projects; the benchmark suite and checks have records of their own."""
    if plan.worker == "simulated" or Path(runs.project(run)).is_relative_to(state.bench):
        return
    records = RecordFiles(state.records)
    # somebody's own word on an attempt counts more than what is told by itself
    known = {(one.node, one.attempt) for one in records.experience().quality if one.run == run}
    for found in scores(run, plan, runs.events(run), at):
        if (found.node, found.attempt) not in known:
            records.add(found)
