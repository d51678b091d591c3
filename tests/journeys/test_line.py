"""The line: from one command to evidence, with a real claude process."""

import json
import re
from pathlib import Path

import pytest

from tests.journeys.kit import PLAIN, closed, events, finished, node, script, shown, submit, until_event
from tests.journeys.later import later_build
from tests.machine import PATIENCE, Machine, until

NASTY = (
    "fix #12 = a,b 'don''t' \"quote\" ${oc.env:HOME} foo(x) @/etc/hostname /compact 日本語 🎉 \\ %s {}\n\ttab [1,2]"
)


def received(box: Machine, run: str) -> str:
    """The first user message as the worker's own transcript has it."""
    message = box.state / "attempts" / run / "main" / "1" / "message.json"
    blocks = json.loads(message.read_bytes())["message"]["content"]
    return str(blocks[0]["text"])


def asked(box: Machine, run: str) -> list[str]:
    """Texts that Claude Code recorded as the user's."""
    found = []
    for transcript in (box.state / "attempts" / run).rglob("projects/**/*.jsonl"):
        for line in transcript.read_text().splitlines():
            entry = json.loads(line)
            if entry.get("type") == "user":
                content = entry["message"]["content"]
                found += (
                    [content] if isinstance(content, str) else [b["text"] for b in content if b["type"] == "text"]
                )
    return found


def test_a_role_does_its_job_and_everything_can_be_read(box: Machine) -> None:
    result = box.ccorch("role=review", "profile=scripted", "policy.max_concurrent=3", "task=Review this repo")

    assert result.status == 0, result
    assert "scripted model" in result.out
    assert re.search(r"worst case.*\$", result.out)
    run = re.findall(r"run ([0-9a-f]{16})", result.out)[0]
    folder = closed(box, run)
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    evidence = {
        f"nodes/main/1/{name}" for name in ("prompt.md", "argv.json", "stream.ndjson", "exit.json", "handoff.json")
    }
    assert {
        "plan.json",
        "config.json",
        "events.ndjson",
        "ledger.ndjson",
        "verdict.json",
        "manifest.json",
    } | evidence <= names
    assert json.loads((folder / "verdict.json").read_text())["judgement"] == "pass"
    assert shown(box, run)["answers"][0]["handoff"]["role"] == "review"


def test_the_task_arrives_byte_for_byte(box: Machine) -> None:
    run = submit(box, *PLAIN, "script=hello", f"task={NASTY}")

    assert finished(box, run) == "done"
    assert received(box, run) == NASTY
    assert NASTY in asked(box, run)


def test_a_task_of_500_kb_comes_through_standard_input(box: Machine) -> None:
    text = (NASTY * 4000)[:500_000]
    result = box.ccorch("run", *PLAIN, "script=hello", "task=-", "--detach", stdin=text.encode())

    assert result.status == 0, result
    run = result.out.split()[0]
    assert finished(box, run) == "done"
    assert text in asked(box, run)


def test_a_task_comes_from_a_file(box: Machine, tmp_path: Path) -> None:
    (tmp_path / "task.md").write_text(NASTY)
    run = submit(box, *PLAIN, "script=hello", "--task-file", str(tmp_path / "task.md"))

    assert finished(box, run) == "done"
    assert received(box, run) == NASTY


def test_follow_from_another_process_and_stop(box: Machine) -> None:
    run = submit(box, *PLAIN, script("long"), "task=slow", "label=mine")
    until_event(box, run, "worker_ready")

    assert box.json("list")["runs"][0]["run_id"] == run
    assert box.json("list", "--label", "other")["runs"] == []
    assert shown(box, run[:4])["run_id"] == run
    assert box.json("show")["run_id"] == run
    assert box.ccorch("wait", run, "--timeout", "0.1").status == 6
    assert box.ccorch("stop", run).status == 0
    assert finished(box, run) == "cancelled"
    assert node(box, run)["outcome"] == "stopped"
    assert until(lambda: not box.claudes())
    assert box.ccorch("stop", run).status == 5
    assert box.ccorch("wait", run).status == 1


def test_a_handoff_that_never_comes_is_a_failure_until_somebody_has_it_mended(box: Machine) -> None:
    path = box.root / "s.yaml"
    # Claude Code itself asks for it once after each of the two turns
    played = "  - text: I am done.\n" * 4 + f"  - structured: {GOOD}, blocking_issues: []}}\n"
    path.write_text(f"# Hands over nothing, twice.\ndefault:\n{played}")
    words = ("profile=scripted", "role=review", f"script={path}", "task=x", "policy.retries.failed_reading=0")
    run = submit(box, *words)
    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "no_handoff"
    judged = box.json("handoff", "validate", run, status=1)
    assert "gave none" in judged["handoffs"][0]["problems"][0]

    assert "was not accepted" in box.json("handoff", "repair", run, "main")["words"]
    assert box.json("handoff", "repair", run, "main", "--send")["how"] == "resumed"
    assert finished(box, run) == "done"
    (mended,) = box.json("handoff", "validate", run)["handoffs"]
    assert (mended["attempt"], mended["counts"], mended["status"]) == (2, True, "pass")
    assert box.ccorch("handoff", "repair", run, "main").status == 5

    own = box.root / "own.json"
    own.write_text(box.ccorch("handoff", "template", "review").out)
    assert box.ccorch("handoff", "validate", "--file", str(own)).status == 0
    own.write_text(own.read_text().replace('"pass"', '"done"'))
    wrong = box.ccorch("handoff", "validate", "--file", str(own))
    assert (wrong.status, "status: Input should be 'pass'" in wrong.out) == (1, True), wrong


GOOD = "{schema_version: 1, role: review, status: pass, summary: Fine., findings: [], residual_risk: none"


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        (["text: I am done.", "text: Really done."], "structured output"),
        ([f"structured: {GOOD}, blocking_issues: [{{title: Bad, detail: Very.}}]}}"], "pass"),
    ],
)
def test_a_handoff_that_is_missing_or_invalid_is_mended_in_the_same_session(
    box: Machine, turns: list[str], said: str
) -> None:
    path = box.root / "s.yaml"
    played = "".join(f"  - {turn}\n" for turn in (*turns, f"structured: {GOOD}, blocking_issues: []}}"))
    path.write_text(f"# Hands over nothing or nonsense, then mends it.\ndefault:\n{played}")
    run = submit(box, "profile=scripted", "role=review", f"script={path}", "task=x")

    assert finished(box, run) == "done"
    (asked,) = [event for event in events(box, run) if event["type"] == "repair_asked"]
    assert said in asked["reason"]
    assert len([event for event in events(box, run) if event["type"] == "worker_ready"]) == 1


def test_a_handoff_is_mended_also_where_the_daemon_takes_its_time_to_read_it(box: Machine) -> None:
    path = box.root / "s.yaml"
    path.write_text(
        f"# Hands over nonsense, then mends it.\ndefault:\n"
        f"  - structured: {GOOD}, blocking_issues: [{{title: Bad, detail: Very.}}]}}\n"
        f"  - structured: {GOOD}, blocking_issues: []}}\n"
    )
    slow = later_build(
        box.root / "slow", "adapters/claude_code/worker.py", "POLL_SECONDS = 0.05", "POLL_SECONDS = 4.0"
    )
    with box.start("profile=scripted", "role=review", f"script={path}", "task=x", program=slow) as command:
        said = command.communicate(timeout=PATIENCE)

    assert command.returncode == 0, said
    log = [event["type"] for event in events(box, box.json("list")["runs"][0]["run_id"])]
    assert (log.count("repair_asked"), log.count("worker_ready")) == (1, 1)


def test_simulated_workers_start_no_process_and_cost_nothing(box: Machine) -> None:
    run = submit(box, "profile=scripted", "worker=simulated", "workflow=review_team", "task=x")

    assert finished(box, run) == "done"
    summary = shown(box, run)["summary"]
    assert (summary["simulated"], summary["nodes"][0]["requests"]) == (True, 0)
    assert not (box.state / "attempts" / run / "main").exists()


def test_lanes_run_side_by_side_in_one_plan(box: Machine) -> None:
    result = box.ccorch("-m", "role=review,security,testing", "profile=scripted", "script=demo", "task=look")

    assert result.status == 0, result
    run = re.findall(r"run ([0-9a-f]{16})", result.out)[0]
    nodes = shown(box, run)["summary"]["nodes"]
    assert [(found["id"], found["role"], found["status"]) for found in nodes] == [
        ("review.main", "review", "passed"),
        ("security.main", "security", "passed"),
        ("testing.main", "testing", "passed"),
    ]


def test_a_team_passes_handoffs_on(box: Machine) -> None:
    run = submit(box, "profile=scripted", "script=demo", "workflow=review_team", "task=look")

    assert finished(box, run) == "done"
    last = next(n for n in shown(box, run)["summary"]["nodes"] if n["role"] == "supervisor")
    prompt = box.project / ".agent-workspace/ccorch/runs" / run / "nodes" / last["id"] / "1/prompt.md"
    assert "Handoff of" in prompt.read_text()
