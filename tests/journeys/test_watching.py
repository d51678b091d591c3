"""A controller waits for real workers: news in a few hundred bytes, many runs in one call, nothing for nothing."""

import json
import shutil

from tests.journeys.kit import PLAIN, closed, script, submit, until_event
from tests.journeys.test_mcp import talk
from tests.machine import PATIENCE, Machine


def test_a_controller_waits_for_several_runs_and_pays_for_what_is_new(box: Machine) -> None:
    live = submit(box, *PLAIN, script("long"), "task=x")
    until_event(box, live, "worker_ready")
    rehearsed = submit(box, "worker=simulated", "profile=scripted", "task=y")

    box.ccorch("wait", rehearsed)

    both = box.json("wait", live, rehearsed, "--until", "node", "--timeout", str(PATIENCE))
    quiet = box.ccorch("wait", rehearsed, "--cursor", both["cursor"].partition(".")[2], "--json")
    box.ccorch("stop", live, "--reason", "seen enough")
    ended = box.json("wait", live, rehearsed, "--timeout", str(PATIENCE), "--cursor", both["cursor"], status=1)
    read = box.ccorch("wait", live).out
    _, told, nothing = talk(
        box,
        ("run_wait", {"run": live, "runs": [rehearsed], "until": "decision"}),
        ("run_wait", {"run": live, "runs": [rehearsed], "timeout": 1, "cursor": ended["cursor"]}),
    )

    assert [one["status"] for one in both["runs"]] == ["running", "done"]
    assert both["runs"][0]["working"] == ["main: nothing called yet"]
    assert (quiet.status, len(quiet.out) <= 60) == (0, True), quiet.out
    (news,) = ended["runs"]
    assert (news["status"], news["next"], ended["quiet"]) == ("cancelled", "review", 1)
    assert news["ended"] == ["main failed: stopped: seen enough"]
    assert "seen enough" in news["decided"][0]
    assert read.splitlines()[0] == "main failed: stopped: seen enough"
    assert [one["next"] for one in told[1]["runs"]] == ["review", "nothing"]
    assert len(json.dumps(told[1])) < 1000
    assert (len(json.dumps(nothing[1])) <= 60, nothing[0]) == (True, False), nothing

    shutil.rmtree(closed(box, rehearsed))
    for run, cursor, code in ((rehearsed, "", "RUN_NOT_FOUND"), (live, f"{rehearsed[:8]}-1-1", "CURSOR_UNKNOWN")):
        assert box.json("wait", run, f"--cursor={cursor}", status=4)["error"]["code"] == code
