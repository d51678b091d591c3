"""Runs are paused, answered, done again and tried again by themselves; the queue says what waits and why."""

import json
import os
import pwd
import signal
from functools import partial
from typing import Any

from tests.journeys.kit import (
    PLAIN,
    events,
    finished,
    held,
    ledger,
    let_go,
    node,
    shown,
    submit,
    until_event,
)
from tests.machine import PATIENCE, Machine, commit, until

ASKS = """\
# One looks, somebody says yes, another tells.
name: asks
summary: One looks, somebody says yes, another tells.
nodes:
  - id: look
  - id: sure
    kind: gate
    needs: [look]
    approval: {question: Shall it go on?, choices: [yes, no], passes: [yes]}
  - id: tell
    needs: [sure]
"""


ME = pwd.getpwuid(os.getuid()).pw_name


def workflow(box: Machine, text: str, name: str) -> str:
    """A workflow of the user's own."""
    folder = box.config / "workflows"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(text.replace("[yes, no]", '["yes", "no"]').replace("[yes]", '["yes"]'))
    return f"workflow={name}"


def waiting(box: Machine) -> dict[str, Any]:
    """What waits, by node."""
    return {one["node"]: one for one in box.json("queue", "ls")["waiting"]}


def came(box: Machine, run: str, kind: str, attempt: int) -> bool:
    """Whether this attempt came so far."""
    return any((e["type"], e.get("attempt")) == (kind, attempt) for e in events(box, run))


def test_a_gate_asks_without_a_slot_and_goes_on_when_it_is_answered_also_by_another_daemon(box: Machine) -> None:
    (box.config / "ceiling.yaml").write_text("max_concurrent: 1\n")
    one = (*PLAIN, "policy.max_concurrent=1")
    run = submit(box, workflow(box, ASKS, "asks"), *one, "script=hello", "task=look")
    asked = box.ccorch("wait", run, "--timeout", str(PATIENCE))
    assert (asked.status, f"  `ccorch answer {run[:8]} sure yes`" in asked.out) == (3, True), asked
    asks = waiting(box)
    assert asks["sure"]["command"] == f"ccorch answer {run[:8]} sure yes"
    assert asks["tell"]["reason"] == "needs sure"
    other = submit(box, *one, "script=hello", "task=meanwhile")
    assert finished(box, other) == "done"

    os.kill(box.daemon_pid(), signal.SIGKILL)
    wrong = box.ccorch("answer", run, "sure", "maybe")
    assert wrong.status == 5, wrong
    assert "yes, no" in wrong.err
    assert box.ccorch("answer", run, "sure", "yes").status == 0
    assert box.ccorch("answer", run, "sure", "yes").status == 5

    assert finished(box, run) == "done"
    answered = next(event for event in events(box, run) if event["type"] == "answered")
    assert (answered["choice"], answered["by"], answered["who"]) == ("yes", "terminal", ME)
    assert f"answered yes from terminal ({ME})" in box.ccorch("show", run, "--view", "log").out
    assert f"terminal ({ME}) answered yes" in box.ccorch("report", run).out
    story = [(one["node"], one["text"]) for one in shown(box, run)["timeline"]["told"]]
    assert [one for one in story if one[0] in (None, "look", "tell")] == [
        (None, f"submitted from terminal ({ME})"),
        ("look", "attempt 1 passed"),
        ("tell", "attempt 1 passed"),
        (None, "the run is over: done"),
    ]
    read = box.ccorch("show", run).out
    assert f"next: verify: it is done, and nobody has verified it\n  `ccorch verify {run[:8]}`  judge it" in read


def test_a_no_is_a_failure_with_its_reason(box: Machine) -> None:
    name = workflow(box, ASKS, "asks").partition("=")[2]
    (box.config / "config.yaml").write_text(f"defaults:\n  - override workflow: {name}\n")
    run = submit(box, *PLAIN, "script=hello", "task=look")
    until(lambda: waiting(box).get("sure", {}).get("why") == "answer")
    box.ccorch("answer", run, "sure", "no", "--reason", "not today")

    assert finished(box, run) == "failed"
    assert f"| {run[:8]} | failed | asks |" in box.ccorch("report", "--workflow", "asks").out
    (gate,) = shown(box, run)["summary"]["gates"]
    assert gate["reason"] == f"terminal ({ME}) answered no: not today"


def test_a_paused_run_starts_nothing_more_until_it_is_resumed(box: Machine) -> None:
    text = "# Two.\nname: two\nsummary: Two.\nnodes:\n  - id: one\n  - {id: two, needs: [one]}\n"
    run = submit(box, workflow(box, text, "two"), *PLAIN, held(box), "task=x")
    until_event(box, run, "worker_ready")
    assert box.json("pause", run, "--reason", "lunch")["asked"]
    let_go(box)
    until(lambda: shown(box, run)["status"] == "parked")
    assert waiting(box)["two"]["why"] == "paused"

    assert box.json("resume", run)["asked"]
    assert finished(box, run) == "done"
    asked = [(e["type"], e["who"]) for e in events(box, run) if e["type"] in ("pause_asked", "resume_asked")]
    assert asked == [("pause_asked", ME), ("resume_asked", ME)]


def test_work_of_a_run_that_is_over_is_done_again_and_what_it_gave_is_stale(box: Machine) -> None:
    text = "# Two.\nname: two\nsummary: Two.\nnodes:\n  - id: one\n  - {id: two, needs: [one]}\n"
    run = submit(box, workflow(box, text, "two"), *PLAIN, "script=hello", "task=x")
    assert finished(box, run) == "done"
    assert box.ccorch("resume", run).status == 5
    folder = box.project / ".agent-workspace/ccorch/runs" / run
    until(lambda: (folder / "verdict.json").exists())

    assert box.json("retry", run, "two")["nodes"] == ["two"]
    assert box.ccorch("retry", run, "three").status == 4
    assert shown(box, run)["status"] == "needs_rerun"
    assert json.loads((folder / "verdict.json").read_text())["judgement"] == "unknown"
    box.ccorch("serve", "--stop")
    assert shown(box, run)["status"] == "needs_rerun"

    # another Claude Code is there by now: it goes on with that one, which is told and written down
    later, real = box.root / "claude-99", json.loads((folder / "nodes/two/1/argv.json").read_text())["argv"][0]
    later.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec echo "99.0.0 (Claude Code)"\nexec {real} "$@"\n')
    later.chmod(0o755)
    box.extra["CLAUDE_CODE_BIN"] = str(later)
    resumed = box.json("resume", run)
    assert (resumed["asked"], [one.partition(":")[0] for one in resumed["drift"]]) == (True, ["cli"])
    assert finished(box, run) == "done"
    again, goes_on = (e for e in events(box, run) if e["type"] in ("reopened", "resume_asked"))
    assert (again["who"], goes_on["who"], goes_on["drift"]) == (ME, ME, resumed["drift"])
    log = " ".join(box.ccorch("show", run, "--view", "log").out.split())
    assert "since it was planned: cli: Claude Code was" in log
    assert json.loads((folder / "nodes/two/2/argv.json").read_text())["argv"][0] == str(later)
    starts = [(e["node"], e["attempt"]) for e in events(box, run) if e["type"] == "started"]
    assert starts == [("one", 1), ("two", 1), ("two", 2)]
    until(lambda: json.loads((folder / "verdict.json").read_text())["judgement"] == "pass")


def test_a_lost_worker_is_tried_again_as_often_as_policy_retries_say(box: Machine) -> None:
    words = (*PLAIN, held(box), "task=x", "policy.retries.backoff_seconds=0", "policy.retries.lost=1")
    run = submit(box, *words)
    for attempt in (1, 2):
        until(partial(came, box, run, "worker_ready", attempt))
        os.kill(until(lambda: box.claudes())[0], signal.SIGKILL)
        until(partial(came, box, run, "ended", attempt))

    assert finished(box, run) == "failed"
    assert node(box, run)["outcome"] == "killed"
    assert [e["cause"] for e in events(box, run) if e["type"] == "reopened"] == ["lost"]


def test_no_more_at_work_than_per_profile_and_per_model_allow_over_all_runs(box: Machine) -> None:
    (box.config / "ceiling.yaml").write_text("per_profile: {scripted: 1}\nper_model: {scripted-fast: 1}\n")
    first = submit(box, *PLAIN, held(box), "task=first")
    second = submit(box, *PLAIN, "script=hello", "task=second")
    until_event(box, first, "worker_ready")
    waits = waiting(box)["main"]
    assert (waits["run_id"], waits["why"]) == (second, "profile")
    assert "scripted: 1 of 1" in waits["reason"]
    let_go(box)

    assert [finished(box, run) for run in (first, second)] == ["done", "done"]
    ended = next(e["at"] for e in events(box, first) if e["type"] == "ended")
    began = next(e["at"] for e in events(box, second) if e["type"] == "started")
    assert began >= ended


def test_a_gate_failed_is_an_ending_with_its_reason(box: Machine) -> None:
    text = (
        "# Asks too much.\nname: hard\nsummary: Asks too much.\nnodes:\n  - id: look\n"
        '  - {id: ok, kind: gate, needs: [look], pass_when: ["look.attempt == 2"]}\n'
    )
    run = submit(box, workflow(box, text, "hard"), *PLAIN, "script=hello", "task=x")

    assert finished(box, run) == "failed"
    ended = [e for e in events(box, run) if e["type"] == "ended"][-1]
    assert (ended["outcome"], ended["reason"]) == ("gate_failed", "look.attempt is 1, not 2")


def test_a_lost_worker_goes_on_in_its_session_and_does_nothing_twice(box: Machine) -> None:
    reads = 'tools: [{name: Read, input: {file_path: "{{cwd}}/app.py"}}]'
    run = submit(box, *PLAIN, held(box, reads), "task=x", "policy.retries.backoff_seconds=0")
    until_event(box, run, "tool_called")
    until(lambda: len({json.loads(line)["id"] for line in ledger(box)}) == 2)
    os.kill(until(lambda: box.claudes())[0], signal.SIGKILL)
    let_go(box)

    assert finished(box, run) == "done"
    assert node(box, run)["attempt"] == 2
    assert node(box, run)["tools"] == {"Read": 1}
    argv = (box.project / ".agent-workspace/ccorch/runs" / run / "nodes/main/2/argv.json").read_text()
    assert "--resume" in argv


def test_a_worker_is_told_something_while_it_is_at_work_and_after_its_end(box: Machine) -> None:
    path = box.root / "s.yaml"
    path.write_text(
        "# Talks slowly, then answers what it is told.\ndefault:\n"
        '  - {text: "one two three four five six seven eight nine ten", hold: /never/there}\n'
        "  - {text: second answer, repeat: true}\n"
    )
    run = submit(box, *PLAIN, f"script={path}", "task=x")
    until_event(
        box, run, "said"
    )  # a model that is interrupted before its first word has yet to give its first answer
    # one is heard when the turn is over, the other ends it, long before the script would
    assert box.json("send", run, "look at the tests too")["how"] == "live"
    assert box.json("send", run, "that is enough", "--interrupt")["how"] == "live"
    assert finished(box, run) == "done"
    told = [(e["text"], e["interrupted"], e["who"]) for e in events(box, run) if e["type"] == "steered"]
    assert told == [("look at the tests too", False, ME), ("that is enough", True, ME)]
    (answer,) = box.json("show", run)["answers"]
    assert answer["text"] == "second answer"

    # what is not as it was is told and written down; the session goes on as it was planned
    (box.project / "new.py").write_text("x = 1\n")
    commit(box.project, "later")
    refused = box.ccorch("send", run, "and?", "--profile", "nobody")
    assert (refused.status, "declares no route on profile 'nobody'" in refused.err) == (4, True), refused
    sent = box.json("send", run, "and the docs?")
    assert sent["how"] == "resumed"
    assert [one.partition(":")[0] for one in sent["drift"]] == ["commit"]
    assert finished(box, run) == "done"
    (again,) = [e for e in events(box, run) if e["type"] == "reopened"]
    assert (again["drift"], again["who"]) == (sent["drift"], ME)
    log = " ".join(box.ccorch("show", run, "--view", "log").out.split())
    assert "since it was planned: commit: the commit was" in log
    (answer,) = box.json("show", run)["answers"]
    assert (answer["text"], node(box, run)["attempt"]) == ("second answer", 2)
