"""What rules notice of a real worker stands in its run, once, with kind and place and without any value."""

import json

from tests.journeys.kit import PLAIN, closed, events, finished, shown, submit
from tests.machine import PATIENCE, Machine, commit

WRITE = ("profile=scripted", "role=development", "policy.write=true", "task=mend it")
PRINTED = "glpat-" + "a1B2c3D4e5" * 2
WRITTEN = "gho_" + "x1Y2z3W4v5U6" * 3
SCRIPT = f"""# Does what somebody should know of, and claims that all is well.
default:
  - text: the token is {PRINTED} as it seems
    chunks: 12
    tools:
      - {{name: Bash, input: {{command: "python3 -m unittest", description: try}}}}
      - {{name: Bash, input: {{command: "cd .. && rm -rf ../..", description: tidy}}}}
      - {{name: Write, input: {{file_path: "{{{{cwd}}}}/src/client.py", content: "API_TOKEN = '{WRITTEN}'\\n"}}}}
      - {{name: Write, input: {{file_path: "{{{{cwd}}}}/package.json", content: "{{}}\\n"}}}}
      - {{name: Write, input: {{file_path: "{{{{cwd}}}}/src/own.py", content: "PASSWORD = 'correct-horse'\\n"}}}}
  - structured: {{schema_version: 1, role: development, status: pass, summary: Done., changed_files: [],
                 write_scope: ["**"], commands_run: []}}
"""


def test_what_a_worker_does_is_noticed_and_its_claims_are_not_believed(box: Machine) -> None:
    (box.project / "test_app.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.fail('no')\n"
    )
    commit(box.project, "a test that fails")
    script = box.root / "leaky.yaml"
    script.write_text(SCRIPT)
    run = submit(box, *WRITE, f"script={script}", "role.commands=[python3 -m unittest]")

    assert finished(box, run) == "done"
    found = {one["code"]: one for one in shown(box, run)["summary"]["findings"]}
    assert {code for code, one in found.items() if one["blocking"]} == {"secret_found", "tests_failed"}
    warned = {"destructive_command", "sensitive_file_changed", "permission_refused", "secret_candidate"}
    assert warned <= set(found)
    assert "package.json (dependencies)" in found["sensitive_file_changed"]["message"]
    secrets = [one for one in shown(box, run)["summary"]["findings"] if one["code"] == "secret_found"]
    assert [one["place"].split(":")[0] for one in secrets] == ["stream.ndjson", "stream.ndjson", "src/client.py"]

    log = events(box, run)
    failed = next(event for event in log if event["type"] == "tool_failed")
    assert (failed["status"], failed["seq"]) == (1, found["tests_failed"]["events"][0])
    folder = closed(box, run)
    told = [path for path in folder.rglob("*") if path.is_file()]
    assert [path for path in told if PRINTED in path.read_text() or WRITTEN in path.read_text()] == []
    assert "[redacted:" in (folder / "nodes/main/1/diff.patch").read_text()
    assert "tests_failed" in box.ccorch("show", run).out
    scanned = box.json("scan", run, status=1)
    assert (scanned["leaks"], [one["place"] for one in scanned["seen"]]) == (3, ["src/client.py:1", "src/own.py:1"])
    (change,) = box.json("diff", run)["changes"]
    assert "dependencies" in change["difference"]["risks"]
    verdict = box.json("verify", run, status=1)
    assert "noticed in main" in {check["name"] for check in verdict["checks"] if check["judgement"] == "fail"}
    weighed = box.json(
        "review", "merge it, verified, trust me", "--run", run, "--evidence", "verdict.json", status=1
    )
    assert (weighed["advice"], weighed["evidence"]) == ("block", ["verdict.json"])
    assert box.json("review", "merge, it was verified", status=1)["advice"] == "revise"
    (by_itself,) = map(json.loads, (box.state / "models/quality.ndjson").read_text().splitlines())
    assert (by_itself["model"], by_itself["run"], by_itself["role"]) == ("scripted-balanced", run, "development")
    assert by_itself["score"] == 100 - 30 - 25, by_itself
    (scored,) = box.json("models", "score", run, "--solved", "no")["scores"]
    assert (scored["model"], scored["score"]) == ("scripted-balanced", 0.0)


OFTEN = "policy.checkpoint={events: 6, seconds: 0}"
LOST = """# Is asked again and again, then goes round in circles until its turns are spent.
default:
  - error: {status: 500, retry_after: 1, times: 3}
  - text: looking
    usage: {input: 171000}
    tools:
      - {name: Grep, input: {pattern: add}}
      - {name: Grep, input: {pattern: add}}
      - {name: Grep, input: {pattern: add}}
      - {name: Bash, input: {command: git reset --hard}}
    repeat: true
"""


def test_how_a_worker_gets_on_is_noticed_while_it_works_with_the_events_that_show_it(box: Machine) -> None:
    script = box.root / "lost.yaml"
    script.write_text(LOST)
    run = submit(box, *PLAIN, "role=review", f"script={script}", "task=x", "policy.max_turns=3", OFTEN)

    assert finished(box, run) == "failed"
    found = {one["code"]: one for one in shown(box, run)["summary"]["findings"]}
    wanted = {"retry_storm", "context_near_limit", "repeated_search", "work_discarded", "limit_reached"}
    assert wanted <= set(found), found
    log = events(box, run)
    kinds = {code: log[found[code]["events"][0] - 1]["type"] for code in wanted}
    assert kinds == {
        "retry_storm": "request_retried",
        "context_near_limit": "metered",
        "repeated_search": "tool_called",
        "work_discarded": "tool_called",
        "limit_reached": "ended",
    }
    ended = next(event["seq"] for event in log if event["type"] == "ended")
    told = {event["finding"]["code"]: event["seq"] for event in log if event["type"] == "found"}
    assert all(told[code] < ended for code in wanted - {"limit_reached"})
    assert "3 requests failed" in box.ccorch("show", run).out
    assert "# retry_storm" in box.ccorch("explain", "retry_storm").out

    kept = closed(box, run) / "checkpoints.ndjson"
    before = kept.read_bytes()
    counted = box.json("show", run, "--view", "checkpoints")["checkpoints"]
    assert [one["number"] for one in counted] == list(range(1, len(counted) + 1))
    assert len(counted) == (len(log) - 2) // 6, "each sixth event behind the first one; none for the end"
    assert any("main retry_storm" in one["found"] for one in counted)
    assert any("Grep add ×" in said for one in counted for said in one["repeated"])
    assert "repeated: Grep add ×" in box.ccorch("show", run, "--view", "checkpoints").out
    status = box.json("status", "--digest")
    assert [(one["run_id"], one["next"]) for one in status["runs"]] == [(run, "inspect_or_retry")]
    assert f"ccorch retry {run[:8]} main" in status["runs"][0]["choices"]
    assert "Grep add" in box.ccorch("show", run, "--view", "timeline").out
    assert kept.read_bytes() == before, "what is over grows no more, however often somebody looks"


SO_FAR = """# Runs what does more than it should, then is at work for a long time.
default:
  - tools:
      - {name: Bash, input: {command: "python3 tool.py", description: build}}
      - {name: Bash, input: {command: "dd if=/dev/null of=/dev/null", description: tidy}}
      - {name: Bash, input: {command: "dd if=src/held of=/dev/null", description: tidy more}}
  - {text: done}
"""
TOOL = f"""import os
from pathlib import Path
Path("outside.txt").write_text("x")
Path("src").mkdir(exist_ok=True)
os.mkfifo("src/held")
Path("src/package.json").write_text("{{}}")
Path("src/client.py").write_text("API_TOKEN = '{WRITTEN}'")
"""


def test_what_a_writer_does_beyond_its_task_is_told_while_it_is_still_at_work(box: Machine) -> None:
    (box.project / "tool.py").write_text(TOOL)
    commit(box.project, "a tool")
    script = box.root / "busy.yaml"
    script.write_text(SO_FAR)
    commands = "role.commands=[python3 tool.py, dd]"
    run = submit(box, *WRITE, f"script={script}", commands, "policy.write_scope={allow: [src/**]}")

    cursor, found, wanted = "", list[str](), ["destructive_command"] * 2 + ["secret_found", "write_scope"]
    while sorted(line.split()[2].strip(":") for line in found) != wanted:
        news = box.json("wait", run, "--until", "decision", "--timeout", str(PATIENCE), "--cursor", cursor)
        assert (news["status"], news["timed_out"], news["next"]) == ("running", False, "stop_or_review"), news
        assert news["choices"][0] == f"ccorch stop {run[:8]}"
        cursor, found = news["cursor"], found + [one for one in news["found"] if one.startswith("blocking")]

    log = events(box, run)
    assert [event for event in log if event["type"] == "ended"] == [], "it is still at work"
    noticed = shown(box, run)["summary"]["findings"]
    for grave in (one for one in noticed if one["code"] == "destructive_command"):
        assert [log[number - 1]["type"] for number in grave["events"]] == ["tool_called", "tool_began"]
    told = {one["code"]: one["message"] for one in noticed if one["provisional"]}
    assert told["write_scope"] == "outside the scope so far: outside.txt"
    assert told["sensitive_file_changed"] == "src/package.json (dependencies)"
    box.ccorch("stop", run)

    assert finished(box, run) == "cancelled"
    judged = shown(box, run)["summary"]["findings"]
    assert [one for one in judged if one["provisional"]] == []
    judged_scope = "outside the scope: outside.txt; no plain files: src/held is a pipe"
    assert judged_scope in [one["message"] for one in judged]
