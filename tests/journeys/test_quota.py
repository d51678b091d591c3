"""Quota, overload and refused routes: nothing more starts, what waits says until when, and goes on by itself."""

import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

from tests.journeys.kit import PLAIN, closed, events, finished, ledger, node, shown, submit, until_event
from tests.journeys.test_isolation import native, provider
from tests.machine import Machine

LANES = ("-m", "role=review,security", *PLAIN)


def played(box: Machine, text: str, name: str = "turns") -> Path:
    """A script in a file."""
    path = box.root / f"{name}.yaml"
    path.write_text(f"# Answers.\n{text}\n")
    return path


def of(log: list[Any], *kinds: str) -> list[Any]:
    """The events of these types."""
    return [event for event in log if event["type"] in kinds]


def test_a_spent_quota_lets_nothing_start_and_outlives_the_daemon(box: Machine) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7200))
    refusal = f'{{status: 429, code: "1308", message: "Usage limit reached for 5 hour, resets at {at}"}}'
    script = played(box, f'roles:\n  "review#1":\n    - error: {refusal}\ndefault:\n  - text: whole')
    words = (*LANES, f"script={script}", "task=x", "policy.max_concurrent=1")
    run = submit(box, *words)
    until_event(box, run, "parked")
    os.kill(box.daemon_pid(), signal.SIGKILL)
    other = submit(box, *LANES, "script=hello", "task=x", "policy.max_concurrent=1")
    until_event(box, other, "parked")

    told, queued = box.ccorch("show", run).out, box.ccorch("queue").out
    for said in (told, queued):
        assert re.search(
            r"quota\s+until\s+(\d{4}-\d\d-\d\d\s+)?\d\d:\d\d\s+\(scripted,\s+its\s+5h\s+limit\)", said
        ), said
    assert (shown(box, run)["status"], shown(box, other)["status"]) == ("parked", "parked")
    assert [event["node"] for event in of(events(box, run) + events(box, other), "started")] == ["review.main"]
    assert box.ccorch("resume", run).status == 0
    assert (finished(box, run), finished(box, other)) == ("done", "done")
    log = sorted(events(box, run) + events(box, other), key=lambda event: event["at"])
    begun, free = [event["at"] for event in of(log, "started")], of(log, "unparked")[0]["at"]
    # the one that was refused, the one that found out, and then all others
    assert ([at < free for at in begun].count(True), len(begun)) == (2, 5)
    assert json.loads((box.state / "breakers.json").read_text())["breakers"] == []


def test_a_short_overload_is_ridden_out_and_neither_parked_nor_a_failure(box: Machine) -> None:
    script = played(box, "default:\n  - error: {status: 529, retry_after: 1, times: 1}\n  - text: whole")
    run = submit(box, *PLAIN, f"script={script}", "task=x", "policy.retries={overload: 0, failed_reading: 0}")

    assert finished(box, run) == "done"
    log = events(box, run)
    assert [event["status"] for event in of(log, "request_retried")] == [529]
    assert (len(of(log, "started")), of(log, "parked", "reopened", "rerouted")) == (1, [])
    assert not (box.state / "breakers.json").exists()


def test_when_its_time_is_over_a_parked_node_goes_on_in_its_session(box: Machine) -> None:
    read = "tools: [{name: Read, input: {file_path: app.py}}]"
    refusal = "{status: 402, type: billing_error, retry_after: 7200}"
    turns = f"    - {read}\n    - error: {refusal}\n"
    script = played(box, f'roles:\n  "main#1":\n{turns}  "main#2":\n    - text: anew\n    - text: went on')
    run = submit(box, *PLAIN, f"script={script}", "task=x")
    until_event(box, run, "parked")
    until = almost_over(box)

    assert finished(box, run) == "done"
    assert box.json("show", run)["answers"][0]["text"] == "went on"
    begun = of(events(box, run), "started")
    assert [event["attempt"] for event in begun] == [1, 2]
    assert begun[1]["at"] >= until


def almost_over(box: Machine) -> float:
    """Let the next daemon find that the time of every shut profile is over in two seconds; when that is."""
    daemon, file, until = box.daemon_pid(), box.state / "breakers.json", time.time() + 2
    os.kill(daemon, signal.SIGSTOP)  # nobody makes the next one before that is written
    kept = json.loads(file.read_text())
    for breaker in kept["breakers"]:
        breaker["windows"] = [{**window, "until": until} for window in breaker["windows"]]
    file.write_text(json.dumps(kept))
    os.kill(daemon, signal.SIGKILL)
    return until


def test_a_session_goes_on_by_a_declared_route_where_somebody_asks_for_it(box: Machine) -> None:
    elsewhere, books = played(box, "default:\n  - text: from elsewhere", "other"), box.root / "books.ndjson"
    script = played(box, "default:\n  - text: from here")
    with provider(elsewhere, books) as base_url:
        native(box, base_url, "glm-5.2")
        fallbacks = "routing.fallbacks={quota: [{profile: mine}]}"
        run = submit(box, *PLAIN, f"script={script}", "task=x", fallbacks)
        assert finished(box, run) == "done"
        assert box.json("send", run, "and there?", "--profile", "mine")["how"] == "resumed"
        assert finished(box, run) == "done"

    (asked,) = of(events(box, run), "rerouted")
    assert (asked["profile"], asked["error"]) == ("mine", None)
    assert node(box, run)["served"] == ["scripted-balanced", "glm-5.2"]
    assert shown(box, run)["answers"][0]["text"] == "from elsewhere"
    assert "instead of scripted · scripted-balanced: asked for" in " ".join(box.ccorch("show", run).out.split())


def test_a_declared_fallback_takes_over_priced_and_told(box: Machine) -> None:
    elsewhere, books = played(box, "default:\n  - text: from elsewhere", "other"), box.root / "books.ndjson"
    script = played(box, "default:\n  - error: {status: 403, type: access_terminated_error, message: usage limit}")
    with provider(elsewhere, books) as base_url:
        native(box, base_url, "glm-5.2")
        fallbacks = "routing.fallbacks={quota: [{profile: mine}]}"
        run = submit(box, *LANES, f"script={script}", "task=x", "policy.max_concurrent=1", fallbacks)
        assert finished(box, run) == "done", box.ccorch("show", run).out

    log = events(box, run)
    assert [(event["profile"], event["error"]) for event in of(log, "rerouted")] == [("mine", "quota")] * 2
    # what had not started did not have to fail first
    assert len(of(log, "started")) == 3
    assert {json.loads(line)["profile"] for line in ledger(box)} == {"scripted", "mine"}
    found = node(box, run)
    assert (found["profile"], found["model"], found["served"]) == ("mine", "glm-5.2", ["glm-5.2"])
    assert found["usd"] > 0
    assert "mine · glm-5.2 instead of scripted" in " ".join(box.ccorch("show", run).out.split())
    closed(box, run)  # with its verdict
    used = " ".join(box.ccorch("usage").out.split())
    assert ("verdict 1 pass" in used, "2 attempts on another route" in used) == (True, True)


def test_what_a_provider_refuses_is_never_a_result(box: Machine) -> None:
    roles = "\n".join(
        f"  {role}:\n    - {turn}"
        for role, turn in {
            "review": "error: {status: 529, retry_after: 7200}",
            "security": "error: {status: 429, type: exceeded_current_quota_error}",
            "testing": "{text: I must not, stop_reason: refusal}",
        }.items()
    )
    script = played(box, f"roles:\n{roles}")
    none = "policy.retries={quota: 0, overload: 0, failed_reading: 0}"
    runs = {}
    for role in ("review", "security", "testing"):
        runs[role] = submit(box, f"role={role}", *PLAIN, f"script={script}", "task=x", none)
        if role != "review":
            # each of them finds the profile shut by the one before, and is told to try all the same
            until_event(box, runs[role], "parked")
            assert box.ccorch("resume", runs[role]).status == 0
        assert finished(box, runs[role]) == "failed"

    ends = {role: (node(box, run)["outcome"], node(box, run)["reason"]) for role, run in runs.items()}
    assert {role: outcome for role, (outcome, _) in ends.items()} == {
        "review": "overloaded",
        "security": "quota_spent",
        "testing": "declined",
    }
    assert all(reason.startswith("profile scripted ") for _, reason in ends.values()), ends
