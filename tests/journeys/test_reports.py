"""What a report of many runs leaves out is said, where nobody can know whether it belongs there."""

import time

from tests import board_kit as kit
from tests.machine import Machine

UNSAID = "2 more runs may fit: older plans do not say which workflow they are of."


def test_runs_whose_plans_do_not_say_their_workflow_are_counted_where_one_is_asked_for(box: Machine) -> None:
    """Plans of the kit are as those from before it was written down."""
    older = kit.many(box.project, 2, time.time())
    run = box.run("worker=simulated", "profile=scripted", "task=x")["run_id"]

    single = box.ccorch("report", "--workflow", "single").out
    team = box.ccorch("report", "--team").out
    every = box.ccorch("report", "--since", "2000-01-01").out
    labelled = box.ccorch("report", "--label", "none").out

    assert UNSAID in single
    assert f"| {run[:8]} | done | single |" in single
    assert not any(one[:8] in single for one in older)
    assert team == f"# Runs: team\n\nNo run fits.\n\n{UNSAID}\n"
    assert all(f"| {one[:8]} |" in every for one in (*older, run))
    assert "may fit" not in every + labelled
