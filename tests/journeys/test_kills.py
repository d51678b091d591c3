"""Whatever is killed, nothing is orphaned, the status is true, and what can go on goes on."""

import json
import os
import signal

from tests.journeys.kit import PLAIN, finished, ledger, node, script, shown, submit, until_event
from tests.machine import Machine, until

ONCE = "policy.retries.lost=0"
"""What is lost is not tried again."""


def working(box: Machine, length: str = "slow", *more: str) -> str:
    """A run whose worker is streaming."""
    run = submit(box, *PLAIN, script(length), "task=slow", *more)
    until_event(box, run, "worker_ready")
    until(lambda: box.claudes())
    return run


def test_a_killed_caller_leaves_the_worker_at_work(box: Machine) -> None:
    with box.start("run", *PLAIN, script("slow"), "task=slow") as caller:
        until(lambda: box.claudes())
        run = box.json("show")["run_id"]
        os.kill(caller.pid, signal.SIGKILL)

    assert box.claudes()
    assert finished(box, run) == "done"


def test_ctrl_c_stops_cleanly_and_keeps_the_evidence(box: Machine) -> None:
    with box.start("run", *PLAIN, script("long"), "task=slow") as caller:
        until(lambda: box.claudes())
        run = box.json("show")["run_id"]
        until_event(box, run, "worker_ready")
        os.kill(caller.pid, signal.SIGINT)
        assert caller.wait(30) == 130

    assert shown(box, run)["status"] == "cancelled"
    assert until(lambda: not box.claudes(), patience=5)
    assert (box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/1/stream.ndjson").stat().st_size


def test_a_killed_shim_leaves_no_orphan_and_a_true_status(box: Machine) -> None:
    run = working(box, "long", ONCE)
    for pid in box.shims():
        os.kill(pid, signal.SIGKILL)

    assert until(lambda: shown(box, run)["status"] == "failed", patience=6)
    assert node(box, run)["outcome"] == "killed"
    assert not box.claudes()


def test_a_killed_claude_leaves_no_orphan_and_a_true_status(box: Machine) -> None:
    run = working(box, "long", ONCE)
    for pid in box.claudes():
        os.kill(pid, signal.SIGKILL)

    assert until(lambda: shown(box, run)["status"] == "failed", patience=5)
    assert node(box, run)["outcome"] == "killed"
    assert until(lambda: not box.shims(), patience=5)


def test_a_killed_daemon_is_revived_by_the_shim_and_the_run_is_done(box: Machine) -> None:
    run = working(box)
    until(lambda: any('"progress"' in line for line in ledger(box)))
    daemon = box.daemon_pid()
    os.kill(daemon, signal.SIGKILL)

    # no ccorch call until the end: only the shim can bring a daemon back
    log = box.project / ".agent-workspace/ccorch/runs" / run / "events.ndjson"
    until(lambda: '"type":"finished"' in log.read_text(), patience=50)

    assert box.daemon_pid() != daemon
    assert shown(box, run)["status"] == "done"
    lines = [json.loads(line) for line in ledger(box)]
    ids = {line["id"] for line in lines}
    assert {line["id"] for line in lines if line["state"] in ("closed", "refused")} == ids
    assert len(ids) == 2, "the broken request was paid again, and both are booked"


def test_a_daemon_that_is_told_to_end_leaves_its_workers_to_the_next(box: Machine) -> None:
    run = working(box)
    claude = box.claudes()
    assert box.ccorch("serve", "--stop").status == 0

    assert finished(box, run) == "done"
    assert claude, "the worker lived on"
    assert node(box, run)["attempt"] == 1
