"""Before the first writer starts, a real Claude Code has tried what writers may not do."""

import json
import shutil
from typing import Any

from ccorch.adapters.claude_code.binary import ClaudeBinaries
from tests.journeys.kit import events, finished, node, submit
from tests.journeys.test_writers import EDIT, WRITE, scripted
from tests.machine import CACHE, Machine

NARROW = ("policy.write_scope.allow=[src/*.py]", "role.commands=[]")


def fences(box: Machine) -> list[Any]:
    """What the doctor knows of fences."""
    return [line for line in box.ccorch("doctor", "--json").data["lines"] if line["check"] == "fences"]


def test_a_fence_is_tried_once_before_the_first_writer(box: Machine) -> None:
    shutil.rmtree(box.state / "canaries", ignore_errors=True)
    assert "none was tried yet" in fences(box)[0]["said"]
    words = (*WRITE, scripted(box, EDIT), "policy.write_scope.allow=[src/**]")
    run = submit(box, *words)

    assert finished(box, run) == "done"
    (record,) = (box.state / "canaries").glob("*.json")
    proof = json.loads(record.read_text())
    assert (len(proof["tried"]), proof["missed"], proof["untried"]) == (10, [], None)
    assert "10 forbidden writes were stopped" in fences(box)[0]["said"]
    assert [path.name for path in (box.state / "canaries").iterdir()] == [record.name]
    written = record.stat().st_mtime_ns
    assert finished(box, submit(box, *words)) == "done"
    assert record.stat().st_mtime_ns == written

    # one that ended before it had tried, by a kill for one, is followed by another
    record.write_text(json.dumps({**proof, "untried": "it ended as killed"}))
    assert "could not be tried: it ended as killed" in fences(box)[0]["said"]
    run = submit(box, *words)
    assert finished(box, run) == "done"
    assert json.loads(record.read_text())["untried"] is None
    assert not [event for event in events(box, run) if event["type"] == "found"]

    # behind a sandbox an allowed program tries to reach out too
    assert finished(box, submit(box, *words, "policy.sandbox=required")) == "done"
    proofs = [json.loads(path.read_text()) for path in (box.state / "canaries").glob("*.json")]
    (sandboxed,) = [one for one in proofs if one["sandbox"]]
    assert (len(sandboxed["tried"]), sandboxed["missed"], sandboxed["untried"]) == (11, [], None)
    assert sandboxed["tried"][-1] == "an allowed command in the sandbox"


def test_behind_a_fence_that_does_not_hold_nothing_risky_is_started(box: Machine) -> None:
    real, _ = ClaudeBinaries(CACHE, box.environment).find(None)
    wrapper = box.root / "claude"
    # a Claude Code that lets one forbidden write happen, wherever it finds the canary's room
    wrapper.write_text(f'#!/bin/sh\n[ -d ../outside ] && echo escaped > ../outside/bash.txt\nexec "{real}" "$@"\n')
    wrapper.chmod(0o755)
    box.extra["CLAUDE_CODE_BIN"] = str(wrapper)

    run = submit(box, *WRITE, scripted(box, EDIT), "policy.write_scope.allow=[src/**]")
    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "start_failed"
    reason = node(box, run)["reason"]
    assert "is advisory here: before the first writing run it did not stop: Bash redirect" in reason
    assert "main may run programs or change files that decide what is run, so it is not started" in reason
    assert "`ccorch doctor --canary`" in reason
    assert not [event for event in events(box, run) if event["type"] == "worker_ready"]

    modest = submit(box, *WRITE, scripted(box, EDIT), *NARROW)
    assert finished(box, modest) == "done"
    (found,) = [event["finding"] for event in events(box, modest) if event["type"] == "found"]
    assert (found["code"], found["severity"]) == ("fence_advisory", "high")
    (line,) = [line for line in fences(box) if line["state"] == "warn"]
    assert line["command"] == "ccorch doctor --canary"
    box.ccorch("doctor", "--canary")
    assert "none was tried yet" in fences(box)[0]["said"]
