"""Endings and limits that no other journey meets: each is tripped through the command itself."""

import sys
from pathlib import Path

from tests.journeys.kit import PLAIN, events, finished, node, script, submit, until_event
from tests.machine import Machine

BROKEN_CLAUDE = """#!{python}
import json, sys
if "--version" in sys.argv:
    print("2.1.330 (Claude Code)")
    sys.exit()
{then}
"""
ANSWERS_AND_LEAVES = """
asked = json.loads(sys.stdin.readline())
reply = {"subtype": "success", "request_id": asked["request_id"], "response": {}}
print(json.dumps({"type": "control_response", "response": reply}), flush=True)
sys.stdin.readline()
print(json.dumps({"type": "system", "subtype": "init", "session_id": "s", "tools": [], "model": "m"}), flush=True)
sys.exit(3)
"""


def test_an_answer_without_words_is_no_success(box: Machine) -> None:
    run = submit(box, *PLAIN, played(box, '  - text: " "'), "task=x")

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "empty"


def test_an_error_of_the_provider_is_told_in_its_words(box: Machine) -> None:
    run = submit(box, *PLAIN, played(box, "  - error: {status: 400, message: bad weather}"), "task=x")

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "api_error"
    assert "bad weather" in node(box, run)["reason"]


def test_a_claude_that_dies_before_its_session_did_not_start(box: Machine) -> None:
    broken_claude(box, 'sys.exit("no such option")')
    run = submit(box, *PLAIN, "script=hello", "task=x")

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "start_failed"


def test_a_claude_that_leaves_without_a_result_has_failed(box: Machine) -> None:
    broken_claude(box, ANSWERS_AND_LEAVES)
    run = submit(box, *PLAIN, "script=hello", "task=x")

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "failed"
    assert "exited with 3" in node(box, run)["reason"]


def test_a_run_of_higher_priority_starts_first_when_slots_are_short(box: Machine) -> None:
    (box.config / "ceiling.yaml").write_text("max_concurrent: 1\n")
    first = submit(box, *PLAIN, script("slow"), "task=first")
    until_event(box, first, "worker_ready")
    low = submit(box, *PLAIN, "script=hello", "task=low")
    high = submit(box, *PLAIN, "script=hello", "task=high", "queue.priority=5")

    assert [finished(box, run) for run in (first, low, high)] == ["done", "done", "done"]
    assert started_at(box, high) < started_at(box, low)


def test_raw_evidence_is_deleted_at_the_end_when_none_is_to_be_kept(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=hello", "task=x", "policy.keep_raw=0")

    assert finished(box, run) == "done"
    assert not (box.state / "attempts" / run).exists()
    kept = submit(box, *PLAIN, "script=hello", "task=x")
    assert finished(box, kept) == "done"
    assert (box.state / "attempts" / kept / "main/1/raw.ndjson").exists()


def played(box: Machine, turns: str) -> str:
    """Override that plays these turns."""
    path = box.root / "turns.yaml"
    path.write_text(f"# One answer.\ndefault:\n{turns}\n")
    return f"script={path}"


def broken_claude(box: Machine, then: str) -> None:
    """Put a program in claude's place that knows its version and then does this."""
    path: Path = box.root / "claude"
    path.write_text(BROKEN_CLAUDE.replace("{python}", sys.executable).replace("{then}", then))
    path.chmod(0o700)
    box.extra["CLAUDE_CODE_BIN"] = str(path)


def started_at(box: Machine, run: str) -> float:
    """When the run's first attempt began."""
    return float(next(event["at"] for event in events(box, run) if event["type"] == "started"))
