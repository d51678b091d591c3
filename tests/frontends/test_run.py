"""`ccorch run`: the plan, the live lines, the answers, the cost, and Ctrl-C."""

import json
import os
from pathlib import Path

import pytest

from ccorch.schema.event import Ended, Finished, Metered, Said, Started, ToolCalled, ToolDenied
from tests.frontends.houses import RUN, Stage

REVIEW = {
    "schema_version": 1,
    "role": "review",
    "status": "fail",
    "summary": "The cart rounds wrongly.",
    "findings": [
        {"severity": "high", "title": "Rounding", "detail": "Cents are lost.", "file": "shop/cart.py", "line": 12}
    ],
    "residual_risk": "Nothing else was read.",
}

REVIEWED = ("role=review", "profile=scripted")

PLAY = (
    Started(node="main", attempt=1),
    ToolCalled(node="main", attempt=1, line=3, tool="Read", target="shop/cart.py"),
    ToolDenied(node="main", attempt=1, line=4, tool="Bash", reason="not allowed"),
    Said(node="main", attempt=1, line=5, text="It \x1b[31mrounds\x1b[0m\u202e wrongly"),
    Metered(
        node="main",
        attempt=1,
        model="scripted-balanced",
        input_tokens=12_000,
        output_tokens=345,
        usd=0.0123,
        exact=True,
    ),
    Ended(node="main", attempt=1, passed=True),
    Finished(status="done"),
)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, PLAY)
    stage.library.files[RUN, "nodes/main/1/handoff.json"] = json.dumps(REVIEW).encode()
    return stage


def test_a_run_shows_its_plan_its_events_its_answer_and_its_cost(stage: Stage) -> None:
    said = stage.ccorch(*REVIEWED, "task=look at 'this' {x: ${y}}, and=that")

    assert said.status == 0
    before, _, after = said.out.partition(f"run {RUN} done")
    for words in (
        "main",
        "review",
        "scripted/scripted-balanced",
        "worst case in all",
        f"run {RUN}",
        "Read shop/cart.py",
    ):
        assert words in before
    assert "task: look at 'this' {x: ${y}}, and=that" in before
    assert "denied Bash: not allowed" in before
    assert "says: It rounds wrongly" in before
    assert "so far $0.0123, 12.3k tokens" in before
    assert "scripted model: the answers come from a script" in after
    assert "high shop/cart.py:12 Rounding — Cents are lost." in after
    assert "12.0k tokens in, 345 out · $0.0123" in after
    assert f"artifacts: /project/.agent-workspace/ccorch/runs/{RUN}" in after
    assert "\x1b" not in said.out


def test_the_exit_status_tells_that_the_run_failed(tmp_path: Path) -> None:
    ended = Ended(node="main", attempt=1, passed=False, outcome="no_handoff", reason="it owed a review")
    said = Stage(tmp_path, (PLAY[0], ended, Finished(status="failed"))).ccorch(*REVIEWED, "task=x")

    assert said.status == 1
    assert "main failed: no_handoff: it owed a review" in said.out


def test_detach_prints_the_id_alone(stage: Stage) -> None:
    said = stage.ccorch("--detach", *REVIEWED, "task=x")

    assert (said.status, said.out) == (0, f"{RUN}\n")
    assert f"ccorch show {RUN} -f" in said.err


def test_json_waits_and_prints_one_line_with_the_answers(stage: Stage) -> None:
    said = stage.ccorch("run", "--json", *REVIEWED, "task=x")

    assert said.out.count("\n") == 1
    reply = json.loads(said.out)
    assert reply["status"] == "done"
    assert reply["answers"][0]["handoff"] == REVIEW
    assert RUN in said.err


def test_ctrl_c_stops_the_run_and_still_shows_what_there_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path, (PLAY[0], KeyboardInterrupt, *PLAY[1:]))

    said = stage.ccorch(*REVIEWED, "task=x")

    assert said.status == 130
    assert "stopping… (Ctrl-C again leaves; it still ends by itself)" in said.err
    assert stage.engine.stopped == ["Ctrl-C"]
    assert f"run {RUN} cancelled" in said.out


def test_a_second_ctrl_c_leaves_the_run_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, (PLAY[0], KeyboardInterrupt, PLAY[1], KeyboardInterrupt, PLAY[2]))
    stage.engine.obeys = False

    said = stage.ccorch(*REVIEWED, "task=x")

    assert said.status == 130
    assert f"left; it still ends by itself, `ccorch show {RUN}` tells how" in said.err
    assert len(stage.engine.play) == 1


def test_a_run_that_does_not_end_is_not_waited_for_longer_than_half_a_minute(tmp_path: Path) -> None:
    stage = Stage(tmp_path, (PLAY[0], KeyboardInterrupt))
    stage.engine.obeys = False

    said = stage.ccorch(*REVIEWED, "task=x")

    assert said.status == 130
    assert 30 <= stage.clock.time - 1_000 < 40
    assert "still ending" in said.err


def test_foreground_hosts_the_daemon_for_as_long_as_the_run_is_watched(stage: Stage) -> None:
    assert stage.ccorch(*REVIEWED, "task=x", "--foreground").status == 0
    assert stage.hosted == ["begun", "ended"]


def test_lanes_stand_side_by_side_where_there_is_room(tmp_path: Path) -> None:
    said = Stage(tmp_path).ccorch("plan", "-m", "role=review,security", "profile=scripted", "task=x", "--json")
    nodes = tuple(node["id"] for node in json.loads(said.out)["nodes"])
    play = [
        event
        for node in nodes
        for event in (Started(node=node, attempt=1), Ended(node=node, attempt=1, passed=True))
    ]
    stage = Stage(tmp_path, (*play, Finished(status="done")))
    for node in nodes:
        answer = f"answer of {node} that needs more than half a line"
        stage.library.files[RUN, f"nodes/{node}/1/answer.md"] = answer.encode()
    stage.ccorch("-m", "role=review,security", "profile=scripted", "task=x")

    wide = stage.ccorch("show", width=100, live=True).out.splitlines()
    narrow = stage.ccorch("show", width=70, live=True).out.splitlines()

    assert all(f"│ answer of {node} that needs more than half a line" in narrow for node in nodes)
    assert any(all(f"answer of {node}" in text for node in nodes) for text in wide)
    assert not any(all(f"answer of {node}" in text for node in nodes) for text in narrow)


def test_the_task_comes_from_standard_input_byte_for_byte(stage: Stage) -> None:
    task = "first\n\ttwo = {${x}}\r\n\n"

    stage.ccorch(*REVIEWED, "task=-", stdin=task.encode())

    assert stage.library.plan(RUN).task == task


def test_a_task_that_is_not_utf8_is_refused_with_the_byte(stage: Stage) -> None:
    said = stage.ccorch(*REVIEWED, "--task-file", "-", stdin=b"abc\xff")

    assert said.status == 2
    assert "byte 3 is 0xff" in said.err


def test_a_planned_file_is_run_as_it_is(stage: Stage, tmp_path: Path) -> None:
    file = str(tmp_path / "plan.json")
    assert stage.ccorch("plan", *REVIEWED, "task=x", "--out", file).status == 0

    assert stage.ccorch("run", "--plan", file, "--detach").status == 0
    assert stage.library.plan(RUN).task == "x"


DEAR = (*REVIEWED, "task=x", "cost.confirm_above_usd=1")


@pytest.mark.parametrize(
    ("typed", "status"),
    [(b"y\n", 0), (b" Yes \n", 0), (b"n\n", 3), (b"\n", 3), (b"yess\n", 3), (b"\x04", 3)],
    ids=["y", "yes", "n", "nothing", "another word", "Ctrl-D"],
)
def test_a_dear_run_is_asked_for_at_a_terminal(stage: Stage, typed: bytes, status: int) -> None:
    ours, theirs = os.openpty()
    with open(ours, "wb", buffering=0) as keyboard, open(theirs, "rb", buffering=0) as terminal:
        keyboard.write(typed)
        said = stage.ccorch(*DEAR, stdin=terminal)

    assert said.status == status
    asked = " ".join(said.err.split())
    assert "may cost up to $2.00, above cost.confirm_above_usd ($1.00). Run it? [y/N]" in asked
    assert (f"run {RUN} done" in said.out) == (status == 0)


def test_a_dear_run_is_refused_where_nobody_can_be_asked_and_runs_with_yes(stage: Stage) -> None:
    refused = stage.ccorch(*DEAR, stdin=b"y\n")

    assert refused.status == 3
    assert "Run it?" not in refused.err
    assert "--yes" in refused.err
    assert stage.ccorch(*DEAR, "--yes").status == 0
