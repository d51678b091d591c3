"""Endings that no other journey meets: each is tripped through the command itself."""

import sys
from pathlib import Path

from tests.journeys.kit import PLAIN, finished, node, submit
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
