"""`wait` as controllers use it: what is new in a few hundred bytes, what needs them, and nothing twice."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ccorch.errors import DaemonUnreachable
from ccorch.operations.closing import SETTLE_SECONDS
from ccorch.operations.current import MOST_RESTS, current
from ccorch.operations.registry import BY_NAME
from ccorch.ports.watching import Snapshot
from ccorch.schema.event import (
    Answered,
    Ended,
    Finished,
    Found,
    Metered,
    PauseAsked,
    Said,
    Started,
    StopAsked,
    ToolCalled,
)
from ccorch.schema.finding import Finding
from ccorch.schema.following import WaitRequest
from ccorch.schema.plan import Approval, PlanGate
from tests.frontends.houses import RUN, Stage
from tests.plan_kit import node, plan
from tests.run_kit import OTHER_RUN, submission

REVIEWED = ("role=review", "profile=scripted", "task=x")
AT = {"node": "main", "attempt": 1}
STARTED = Started(**AT)
CALLED = ToolCalled(**AT, line=1, tool="Grep", target="\x1b[31mwhere\u202e")
NOTICED = Finding(
    code="repeated_search", severity="medium", blocking=False, node="main", message="3 times", events=(3,)
)
LEAKED = Finding(code="secret_found", severity="critical", blocking=True, node="main", message="github_token")
PAID = Metered(**AT, model="m", input_tokens=9, output_tokens=9, usd=0.25, exact=True)
DONE = (Ended(**AT, passed=True), Finished(status="done"))


def begun(tmp_path: Path, *events: Any) -> Stage:
    """A stage whose run stands behind these events; `ccorch wait` plays one more with every look."""
    stage = Stage(tmp_path, ())
    stage.ccorch(*REVIEWED, "--detach")
    stage.engine.play = list(events)
    while stage.engine.play:
        stage.engine.step()
    return stage


def waited(stage: Stage, *words: str) -> Any:
    said = stage.ccorch("wait", RUN, *words, "--json")
    return json.loads(said.out or said.err)


def test_what_stands_is_told_once_and_then_only_what_is_new(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED, CALLED, Found(finding=NOTICED), PAID)

    first = waited(stage, "--timeout", "0")
    quiet = stage.ccorch("wait", RUN, "--timeout", "0", "--cursor", first["cursor"], "--json")
    stage.engine.play = [Said(**AT, line=2, text="hm"), *DONE]
    last = waited(stage, "--cursor", first["cursor"])

    assert first["working"] == ["main: Grep ×1"]
    assert first["found"] == ["warning main repeated_search (event 3): 3 times"]
    assert (first["usd"], first["left_usd"], first["next"], first["wait_seconds"]) == (0.25, 1.75, "wait", 240)
    assert len(json.dumps(first)) < 500, first
    assert (quiet.status, json.loads(quiet.out)["timed_out"], len(quiet.out) <= 60) == (6, True, True), quiet.out
    assert (last["status"], last["ended"], "found" in last) == ("done", ["main passed"], False)
    assert (last["next"], last["choices"][0]) == ("verify", f"ccorch verify {RUN[:8]}")


@pytest.mark.parametrize(
    ("until", "comes", "stays"),
    [("node", DONE[0], PAID), ("change", PAID, None), ("decision", Found(finding=LEAKED), Found(finding=NOTICED))],
)
def test_it_returns_when_what_is_waited_for_came(tmp_path: Path, until: str, comes: Any, stays: Any) -> None:
    stage = begun(tmp_path, STARTED)
    cursor = waited(stage, "--timeout", "0")["cursor"]
    for event in () if stays is None else (stays,):
        stage.library.append(RUN, event)
        assert waited(stage, "--until", until, "--timeout", "0", "--cursor", cursor)["timed_out"]
    stage.engine.play = [comes]

    assert not waited(stage, "--until", until, "--timeout", "5", "--cursor", cursor)["timed_out"]


@pytest.mark.parametrize("until", ["done", "node"])
def test_an_end_that_does_not_come_by_itself_is_not_waited_for(tmp_path: Path, until: str) -> None:
    stage = begun(tmp_path, STARTED, Found(finding=LEAKED))
    went_on = waited(stage, "--until", until, "--timeout", "0")
    stage.engine.play = [PauseAsked(by="terminal", who="ada")]

    came = stage.ccorch("wait", RUN, "--until", until, "--timeout", "5", "--cursor", went_on["cursor"], "--json")
    told = json.loads(came.out)
    again = waited(stage, "--until", until, "--timeout", "0", "--cursor", told["cursor"])
    events = stage.ccorch("wait", RUN, "--until", until, "--timeout", "5", "--cursor", "2")

    assert went_on["timed_out"]
    assert (came.status, told["timed_out"], events.status) == (3 if until == "done" else 0, False, came.status)
    assert (told["next"], told["choices"][0]) == ("stop_or_review", f"ccorch stop {RUN[:8]}")
    assert again["timed_out"], "what was told already is no news"
    stage.library.append(RUN, StopAsked(by="terminal", who="ada"))
    assert waited(stage, "--until", until, "--timeout", "0")["timed_out"], "what is stopped ends by itself"


@pytest.mark.parametrize("until", ["done", "node", "decision"])
def test_a_wait_comes_back_with_a_question_and_goes_on_once_it_is_answered(tmp_path: Path, until: str) -> None:
    stage = Stage(tmp_path, ())
    gate = PlanGate(id="sure", needs=("a",), approval=Approval(question="Go on?", choices=("go",), passes=("go",)))
    stage.library.create(submission(stage.project, RUN, plan(node("a"), gates=(gate,))))
    stage.library.append(RUN, Started(node="a", attempt=1))
    stage.library.append(RUN, Ended(node="a", attempt=1, passed=True))
    stage.library.append(RUN, Started(node="sure", attempt=1))

    asked = waited(stage, "--until", until, "--timeout", "0")
    stage.library.append(RUN, Answered(node="sure", attempt=1, choice="go", by="terminal"))
    whole = waited(stage, "--until", until, "--timeout", "0")
    since = waited(stage, "--until", until, "--timeout", "0", "--cursor", asked["cursor"])

    assert not asked["timed_out"]
    if until != "node":
        assert whole["timed_out"], "the gate was answered and has not ended yet"
    assert since["timed_out"]


def test_a_gate_that_answers_itself_keeps_nobody_from_waiting_for_the_end(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ())
    approval = Approval(question="Go on?", choices=("go",), passes=("go",), deadline_seconds=60, default="go")
    gate = PlanGate(id="sure", needs=("a",), approval=approval)
    stage.library.create(submission(stage.project, RUN, plan(node("a"), gates=(gate,))))
    for event in (Started(node="a", attempt=1), Ended(node="a", attempt=1, passed=True)):
        stage.library.append(RUN, event)
    stage.library.append(RUN, Started(node="sure", attempt=1))

    assert waited(stage, "--until", "done", "--timeout", "0")["timed_out"]
    assert not waited(stage, "--until", "decision", "--timeout", "0")["timed_out"]


def test_what_was_decided_and_what_now_needs_somebody_is_told(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED, Found(finding=LEAKED))
    cursor = waited(stage, "--timeout", "0")["cursor"]
    stage.library.append(RUN, StopAsked(by="terminal", who="ada", reason="enough"))

    news = waited(stage, "--timeout", "0", "--cursor", cursor)
    again = waited(stage, "--until", "decision", "--timeout", "0", "--cursor", news["cursor"])
    read = stage.ccorch("wait", RUN, "--timeout", "0").out

    assert news["decided"] == ["stop asked from terminal (ada): enough"]
    assert (news["next"], news["why"]) == ("stop_or_review", "found while it runs: secret_found")
    assert news["choices"] == [f"ccorch stop {RUN[:8]}", f"ccorch show {RUN[:8]} --view log"]
    assert again["timed_out"], "what was told already is no news"
    assert f"`ccorch stop {RUN[:8]}`" in read


@pytest.mark.parametrize(
    "cursor",
    [
        "01234567-9-9",
        "fedcba98-1-1",
        "nonsense",
        "01234567-1-1.fedcba98-1-1",
        "-1",
        "²",
        "9" * 5_000,
        "01234567-1-1" * 99,
    ],
)
def test_a_cursor_that_is_none_of_the_run_is_refused_and_nothing_is_lost(tmp_path: Path, cursor: str) -> None:
    stage = begun(tmp_path, STARTED)

    said = stage.ccorch("wait", RUN, "--timeout", "0", f"--cursor={cursor}", "--json")

    error = json.loads(said.err)["error"]
    assert (said.status, error["code"]) == (4, "CURSOR_UNKNOWN")
    assert "leave the cursor out" in error["hint"]
    assert len(said.err) < 600


@pytest.mark.parametrize("words", [("wait", RUN, "--timeout", "5"), ("show", RUN, "--view", "log")])
def test_a_number_of_no_event_is_refused_with_the_last_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    stage = begun(tmp_path, STARTED, *DONE)

    said = stage.ccorch(*words, "--cursor", "999999")
    last = stage.ccorch(*words, "--cursor", "4")

    assert (said.status, said.out) == (4, "")
    assert f"cursor 999999 is no event of run {RUN}, whose last one is 4" in said.err
    assert "leave the cursor out" in said.err
    assert last.status == 0, "whoever knows all is told nothing"


def test_a_number_that_a_run_has_not_come_to_yet_is_waited_for(tmp_path: Path) -> None:
    ahead = ("--until", "change", "--cursor", "4")
    (tmp_path / "comes").mkdir()
    (tmp_path / "still").mkdir()
    still = begun(tmp_path / "still", STARTED).ccorch("wait", RUN, *ahead, "--timeout", "2")
    stage = begun(tmp_path / "comes", STARTED)
    stage.engine.play = [CALLED, CALLED, *DONE]
    comes = waited(stage, *ahead, "--timeout", "60")

    assert (still.status, f"cursor 4 is no event of run {RUN}" in still.err) == (4, True)
    assert [event["seq"] for event in comes["events"]] == [5]


def test_a_number_that_comes_with_the_end_between_two_looks_is_no_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path, STARTED)
    stage.engine.play = [CALLED, CALLED, *DONE]
    counted = stage.library.last_seq

    def and_then_all_comes(run: str) -> int:
        last = counted(run)
        while stage.engine.play:
            stage.engine.step()
        return last

    monkeypatch.setattr(stage.library, "last_seq", and_then_all_comes)

    comes = waited(stage, "--until", "change", "--cursor", "4", "--timeout", "60")

    assert [event["seq"] for event in comes["events"]] == [5, 6]


def test_a_number_has_the_events_themselves_told(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED, *DONE)

    assert [event["type"] for event in waited(stage, "--cursor", "2")["events"]] == ["ended", "finished"]
    assert WaitRequest(cursor=2).cursor == 2


def test_a_controller_that_lost_its_context_is_told_where_all_runs_stand(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED, CALLED, Found(finding=LEAKED), PAID)

    told = json.loads(stage.ccorch("status", "--digest", "--json").out)
    read = stage.ccorch("status").out

    (one,) = told["runs"]
    assert (one["run_id"], one["nodes"], one["found"], one["left_usd"]) == (RUN, "0/1", ["secret_found!"], 1.75)
    assert (one["next"], told["wait"]) == ("stop_or_review", f"ccorch wait {RUN[:8]} --until decision")
    assert f"`ccorch stop {RUN[:8]}`" in read
    stage.engine.play = list(DONE)
    stage.ccorch("wait", RUN)
    over = json.loads(stage.ccorch("status", "--digest", "--json").out)
    assert [(run["next"], run["why"]) for run in over["runs"]] == [("review", "found: secret_found")]
    assert "wait" not in over
    assert "besides" not in stage.ccorch("status").out


def test_where_nothing_was_run_nobody_is_needed(tmp_path: Path) -> None:
    assert Stage(tmp_path).ccorch("status").out == "nothing here needs anybody; `ccorch list` shows what has been\n"


def test_a_place_without_anything_is_said_to_be_empty(tmp_path: Path) -> None:
    said = Stage(tmp_path).ccorch("workspace", "status").out

    assert said == "nothing of ccorch lies here yet; `ccorch init` sets a repository up\n"


def test_a_command_that_found_no_change_to_try_has_not_passed(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED, *DONE)

    alone, tried = stage.ccorch("verify", RUN), stage.ccorch("verify", RUN, "--test", "python -m pytest")

    assert "not run" not in alone.out
    assert "unknown  test python -m pytest\n" in tried.out
    assert "not run: the run left no change to try" in tried.out
    assert (tried.status, f"run {RUN}: pass" in tried.out) == (1, False)


def test_a_run_is_judged_once_its_end_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = begun(tmp_path, STARTED, *DONE)
    stage.library.closing.add(RUN)
    stage.engine.alive = False
    half, looks = ("ledger.ndjson was changed",), list[bool]()

    def writes_on() -> None:
        looks.append(stage.engine.alive)
        if len(looks) == 3:
            stage.library.closing.clear()

    monkeypatch.setattr(stage.engine, "step", writes_on)
    monkeypatch.setattr(stage.library, "forged", lambda run: half if stage.library.closing else ())
    said = stage.ccorch("verify", RUN)

    assert looks == [True] * 3, "whoever writes it is started where nobody does"
    assert "every file is as ccorch wrote it" in said.out
    monkeypatch.setattr("ccorch.operations.verifying.WRITTEN_SECONDS", 0.1)
    stage.library.closing.add(RUN)
    assert half[0] in stage.ccorch("verify", RUN).out, "an end that nobody can write is not waited for without end"


@pytest.mark.parametrize("words", [(), ("--cursor", "0")])
def test_who_waits_for_an_end_finds_it_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    stage = begun(tmp_path, STARTED, *DONE)
    stage.library.closing.add(RUN)
    looks = 0

    def writes_on() -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            stage.library.closing.clear()

    monkeypatch.setattr(stage.engine, "step", writes_on)
    assert stage.ccorch("wait", RUN, "--timeout", "0", *words).status == 0
    assert looks == 0, "who has no time is told at once"
    assert stage.ccorch("wait", RUN, *words).status == 0
    assert looks == 3


def test_ends_that_nobody_can_write_down_are_waited_for_together_and_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path, STARTED, *DONE)
    stage.library.create(submission(stage.project, OTHER_RUN, plan(node("a"))))
    stage.library.append(OTHER_RUN, Finished(status="failed"))
    stage.library.closing.update((RUN, OTHER_RUN))
    began = stage.clock.time

    stage.ccorch("wait", RUN, OTHER_RUN)
    assert stage.clock.time - began < 1.5 * SETTLE_SECONDS

    def starts_nothing() -> None:
        raise DaemonUnreachable("the daemon did not start")

    stage.engine.alive = False
    monkeypatch.setattr(stage.engine, "ensure", starts_nothing)
    for words in ((), ("--cursor", "0")):
        said = stage.ccorch("wait", RUN, *words, "--json")
        assert said.status == 0, said


def test_a_writer_that_changed_nothing_leaves_nothing_to_accept(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED, *DONE)
    nothing = {"ref": "refs/ccorch/x", "commit": "a" * 40, "base": "a" * 40, "problem": None}
    stage.library.artifact(RUN, "result.json", json.dumps(nothing).encode())
    passed = {"judgement": "pass", "checks": [], "subject": None, "at": 1.0}
    stage.library.artifact(RUN, "verdict.json", json.dumps(passed).encode())

    assert "the run in all changed nothing" in stage.ccorch("show", RUN).out
    assert f"`ccorch show {RUN[:8]}`" in stage.ccorch("show", RUN, "--view", "verify").out
    assert json.loads(stage.ccorch("status", "--json").out)["runs"][0]["next"] == "read"
    told = stage.ccorch("review", "merge\nit", "--run", RUN)
    assert (told.status, told.out) == (0, "approve: merge it\n")


def test_a_clock_that_is_set_back_makes_no_wait_longer(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED)
    cursor = waited(stage, "--timeout", "0")["cursor"]
    stage.clock.step = -100.0

    assert waited(stage, "--timeout", "3", "--cursor", cursor)["timed_out"]


@pytest.mark.parametrize("words", [(), ("--cursor", "0"), ("--until", "decision")])
def test_a_run_is_driven_again_whose_daemon_dies_while_it_is_waited_for(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    stage = begun(tmp_path, STARTED)
    stage.engine.play = [None, *DONE]

    found = waited(stage, *words, "--timeout", "60")

    assert (found["status"], found.get("timed_out", False)) == ("done", False)


def test_on_a_narrow_terminal_lines_are_folded(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED, CALLED, Found(finding=LEAKED), PAID)

    assert max(map(len, stage.ccorch("status", width=40).out.splitlines())) <= 48, "a command is never torn"


def test_what_happened_is_told_in_order_and_the_playbook_names_verbs_that_there_are(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED, CALLED, *DONE)

    said = stage.ccorch("show", "--view", "timeline").out.splitlines()
    page = stage.ccorch("playbook").out

    assert [text.split()[0] for text in said] == ["1", "2", "3", "4", "5"]
    assert "Grep where" in said[2]
    assert {re.split(r"\d\d:\d\d:\d\d  ", text)[1][:6] for text in said} == {"main  ", "      "}
    verbs = set(re.findall(r"`ccorch (\w+)", page))
    assert verbs <= {name.split()[0] for name in BY_NAME}
    assert {"wait", "status", "verify", "plan", "retry"} <= verbs
    assert len(page) / 4 < 1000


def test_money_that_is_all_spent_or_not_begun_is_told_as_nothing_and_not_left_out(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED)
    begins = waited(stage, "--timeout", "0")
    all_of_it = PAID.model_copy(update={"usd": 2.0})
    stage.engine.play = [all_of_it]

    spent = waited(stage, "--until", "change", "--cursor", begins["cursor"])

    assert (begins["usd"], begins["left_usd"]) == (0.0, 2.0)
    assert (spent["usd"], spent["left_usd"]) == (2.0, 0.0)


def test_who_waits_with_a_number_is_told_when_it_is_its_turn(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED)
    words = ("--until", "decision", "--timeout", "0", "--cursor", "2")

    assert waited(stage, *words)["timed_out"]
    stage.engine.play = [Found(finding=LEAKED)]
    stage.engine.step()
    assert not waited(stage, *words)["timed_out"]
    assert not waited(stage, *words[:-1], "3")["timed_out"], "as the run stands, although nothing is new"


def test_a_story_with_a_line_that_is_no_event_says_so(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED, *DONE)
    stage.library.spoiled[RUN] = b'{"seq":3,"type":"endxd"}'

    said = stage.ccorch("show", "--view", "timeline", "--json")

    assert (said.status, json.loads(said.err)["error"]["code"]) == (4, "RUN_CORRUPT")


def test_of_an_answer_without_end_only_what_is_shown_is_read(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED, *DONE)
    stage.library.files[RUN, "nodes/main/1/answer.md"] = "漢".encode() * 2_000_000

    (answer,) = json.loads(stage.ccorch("show", RUN, "--json").out)["answers"]

    assert (len(answer["text"]), answer["truncated"]) == (60_000, True)


def test_a_look_waits_for_who_sums_a_live_run_up_and_reads_its_log_only_where_nobody_does(tmp_path: Path) -> None:
    stage = begun(tmp_path, STARTED)
    house, behind = stage.house(), stage.library.snapshot(RUN)
    stage.library.append(RUN, PAID)
    now, asked = stage.library.snapshot(RUN), list[bool]()
    played = [behind, behind, now]

    def snapshot(run: str, exact: bool = False) -> Snapshot:
        asked.append(exact)
        return now if exact or not played else played.pop(0)

    stage.library.snapshot = snapshot  # type: ignore[method-assign]
    stage.library.size = lambda run: now.offset  # type: ignore[method-assign]

    assert (current(house, RUN, alive=True), asked) == (now, [False] * 3)
    assert (current(house, RUN, alive=False), asked[3:]) == (now, [True])
    played[:] = [behind] * (MOST_RESTS + 1)
    assert (current(house, RUN, alive=True), asked[-1]) == (now, True)
