"""One run that cannot be read or gone on with stops neither the daemon nor any other command."""

import os
import shutil
import signal
from pathlib import Path

from tests.journeys.kit import PLAIN, closed, finished, node, script, shown, submit, until_event
from tests.machine import Machine, until

FOREIGN = "feedfeedfeedfeed"


def runs(box: Machine) -> Path:
    return box.project / ".agent-workspace/ccorch/runs"


def brought(box: Machine, run: str) -> None:
    """A run folder as a cloned repository may bring it: well formed, about a node that was never planned."""
    shutil.copytree(runs(box) / run, runs(box) / FOREIGN)
    log = runs(box) / FOREIGN / "events.ndjson"
    first, second, *_ = log.read_text().replace(run, FOREIGN).splitlines()
    log.write_text(first + "\n" + second.replace('"node":"main"', '"node":"other"') + "\n")


def killed(box: Machine) -> None:
    pid = box.daemon_pid()
    os.kill(pid, signal.SIGKILL)
    until(lambda: pid not in box.processes())


def test_progress_of_a_node_that_was_never_planned_harms_that_run_alone(box: Machine) -> None:
    good = submit(box, *PLAIN, "script=hello", "task=x")
    assert finished(box, good) == "done"
    closed(box, good)
    brought(box, good)
    killed(box)

    later = submit(box, *PLAIN, "script=hello", "task=y")
    listing = box.json("list")

    assert finished(box, later) == "done"
    assert {row["run_id"] for row in listing["runs"]} == {good, later}
    assert "'other', which the plan does not have" in listing["note"]
    assert box.json("show", FOREIGN, status=4)["error"]["code"] == "RUN_CORRUPT"


def test_a_run_whose_launch_is_lost_with_its_daemon_ends_and_leaves_no_worker(box: Machine) -> None:
    run = submit(box, *PLAIN, script("long"), "task=slow")
    until_event(box, run, "worker_ready")
    (box.state / "attempts" / run / "launch.json").write_text("{}")
    killed(box)

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "killed"
    assert "launch.json" in node(box, run)["reason"]
    assert until(lambda: not box.claudes() and not box.shims())


def test_an_end_that_was_cut_off_is_made_by_the_next_daemon(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=hello", "task=x", "policy.keep_raw=0")
    assert finished(box, run) == "done"
    private, folder = box.state / "attempts" / run, closed(box, run)
    until(lambda: not private.exists())
    killed(box)
    verdict = (folder / "verdict.json").read_bytes()
    (folder / "verdict.json").unlink()
    (private / "main" / "1").mkdir(parents=True)
    (private / "main" / "1" / "raw.ndjson").write_text("secret")

    assert finished(box, submit(box, *PLAIN, "script=hello", "task=y")) == "done"

    assert until(lambda: not private.exists())
    assert (folder / "verdict.json").read_bytes() == verdict
    assert closed(box, run) == folder
    assert shown(box, run)["status"] == "done"
