"""`show`, `wait`, `list` and `stop`: which run is meant, what is told of it, and what it changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from ccorch.frontends.cli.layout import cells
from ccorch.operations.run_views import MOST_LOGGED, LogReply
from ccorch.operations.runs import show
from ccorch.schema.event import Ended, Finished, Metered, Started, ToolCalled, ToolDenied
from ccorch.schema.following import ShowRequest
from tests.frontends.houses import RUN, Stage

REVIEWED = ("role=review", "profile=scripted", "task=x")
STARTED = Started(node="main", attempt=1)
DONE = (Ended(node="main", attempt=1, passed=True), Finished(status="done"))
FAILED = (
    Ended(node="main", attempt=1, passed=False, outcome="budget_spent", reason="the limit is reached"),
    Finished(status="failed"),
)


def over(tmp_path: Path, *events: Any, words: tuple[str, ...] = REVIEWED) -> Stage:
    """A stage whose run has been watched to its end."""
    stage = Stage(tmp_path, (STARTED, *events))
    stage.ccorch(*words)
    return stage


@pytest.mark.parametrize("width", [40, 60])
def test_sentences_fit_a_narrow_terminal_and_commands_and_paths_stay_whole(tmp_path: Path, width: int) -> None:
    reason = "still running after 10 min (policy.timeout_seconds)"
    ended = Ended(node="main", attempt=1, passed=False, outcome="timed_out", reason=reason)
    stage = over(
        tmp_path,
        ToolDenied(node="main", attempt=1, line=1, tool="Write", reason="outside"),
        ended,
        Finished(status="failed"),
    )
    asked = (("list",), ("status",), ("wait", RUN), ("show", RUN), ("plan", *REVIEWED), ("queue",))
    views = tuple(("show", RUN, "--view", view) for view in ("cost", "timeline", "verify"))

    said = [text for words in (*asked, *views) for text in stage.ccorch(*words, width=width).out.splitlines()]

    assert any("main failed: timed_out: still" in text for text in said)
    over_it = [text for text in said if cells(text) > width]
    assert [text for text in over_it if not text.startswith(("artifacts: ", "report: "))] == []


@pytest.fixture
def elsewhere(tmp_path: Path) -> Stage:
    """A run of a project, and a second project beside it."""
    stage = Stage(tmp_path, (STARTED,))
    (tmp_path / "other").mkdir()
    stage.ccorch(*REVIEWED, "--detach")
    return stage


def test_stop_never_means_a_run_of_another_project(elsewhere: Stage, tmp_path: Path) -> None:
    said = elsewhere.ccorch("-C", "other", "stop")

    assert (said.status, elsewhere.engine.stopped) == (4, [])
    assert str(tmp_path / "other") in said.err
    assert f"the latest run elsewhere is {RUN} in {tmp_path}" in said.err
    assert "name it if you mean it" in said.err


def test_a_run_of_another_project_is_stopped_when_it_is_named(elsewhere: Stage) -> None:
    said = elsewhere.ccorch("-C", "other", "stop", RUN)

    assert (said.status, elsewhere.engine.stopped) == (0, [""])


def test_stop_without_a_name_means_this_projects_run(elsewhere: Stage) -> None:
    assert elsewhere.ccorch("stop").status == 0
    assert elsewhere.engine.stopped == [""]


@pytest.mark.parametrize(
    "words", [("show",), ("show", "--view", "cost"), ("show", "--view", "log"), ("wait", "--timeout", "0")]
)
def test_reading_another_projects_latest_run_says_so(
    elsewhere: Stage, tmp_path: Path, words: tuple[str, ...]
) -> None:
    there = elsewhere.ccorch("-C", "other", *words)
    here = elsewhere.ccorch(*words)
    named = elsewhere.ccorch("-C", "other", words[0], RUN, *words[1:])

    assert f"note: no run in {tmp_path / 'other'} yet; this is the latest elsewhere, of {tmp_path}" in there.err
    assert "note:" not in here.err + named.err


def test_the_list_names_projects_only_where_there_are_several(elsewhere: Stage, tmp_path: Path) -> None:
    alone = elsewhere.ccorch("list").out
    other = elsewhere.library.submissions[RUN]
    moved = other.launch.model_copy(update={"project": str(tmp_path / "other")})
    elsewhere.library.create(other.model_copy(update={"run": "f" * 16, "launch": moved}))

    both = elsewhere.ccorch("list").out.splitlines()

    assert "project" not in alone
    assert "project" in both[0]
    assert "  other  " in both[1]
    far = moved.model_copy(update={"project": str(tmp_path / "check-22a3c143e29aa50c")})
    elsewhere.library.create(other.model_copy(update={"run": "e" * 16, "launch": far}))
    assert "  check-22a3c143e…  " in elsewhere.ccorch("list").out, "a long name costs no run its money"


def test_an_empty_selection_is_not_an_empty_machine(elsewhere: Stage) -> None:
    said = elsewhere.ccorch("list", "--label", "none").out

    assert "no runs yet" not in said
    assert "1 more" in said


def test_a_project_that_is_a_file_is_refused_by_reading_verbs(elsewhere: Stage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for verb in ("list", "show", "wait", "stop"):
        assert elsewhere.ccorch("-C", "file", verb).status == 2


CHANGE = {"base": "a" * 40, "commit": "b" * 40, "files": ["src/a.py", "src/b c.py"], "checkout": []}
WRITING = ("role=development", "profile=scripted", "policy.write=true", "task=x")


def test_a_run_that_has_left_one_file_is_told_so(tmp_path: Path) -> None:
    stage = over(tmp_path, *DONE)
    stage.library.files = {(RUN, "nodes/main/1/answer.md"): b"It is right."}

    assert "(1 file, " in stage.ccorch("show").out


def test_a_writing_run_says_where_its_work_is_and_how_to_take_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, (STARTED, *DONE))
    stage.has_commit = True
    stage.library.files[RUN, "nodes/main/1/change.json"] = json.dumps(CHANGE).encode()
    patch = f"/project/.agent-workspace/ccorch/runs/{RUN}/nodes/main/1/diff.patch"

    said = stage.ccorch(*WRITING)
    (change,) = json.loads(stage.ccorch("show", "--json").out)["changes"]

    assert "main changed 2 files in a worktree; your checkout is as it was" in said.out
    assert "  src/b c.py\n" in said.out
    assert f"git apply {patch}\n" in said.out
    assert f"refs/ccorch/{RUN}/main/1" in said.out
    assert (change["patch"], change["apply"]) == (patch, f"git apply {patch}")
    assert (change["ref"], change["files"]) == (f"refs/ccorch/{RUN}/main/1", CHANGE["files"])


@pytest.mark.parametrize("checkout", [None, ["file planted.txt appeared", "index changed"]])
def test_nobody_is_told_that_their_checkout_stayed_when_it_did_not(
    tmp_path: Path, checkout: list[str] | None
) -> None:
    stage = Stage(tmp_path, (STARTED, *DONE))
    stage.has_commit = True
    left = json.dumps({**CHANGE, "checkout": checkout}).encode()
    stage.library.files[RUN, "nodes/main/1/change.json"] = left

    said = stage.ccorch(*WRITING).out

    assert "main changed 2 files in a worktree\n" in said
    assert ("in your own checkout, whoever did it: file planted.txt appeared" in said) == bool(checkout)


def test_nothing_changed_is_no_change(tmp_path: Path) -> None:
    stage = Stage(tmp_path, (STARTED, *DONE))
    stage.has_commit = True
    stage.library.files[RUN, "nodes/main/1/change.json"] = json.dumps({**CHANGE, "files": []}).encode()

    assert "git apply" not in stage.ccorch(*WRITING).out


@pytest.mark.parametrize("view", ["summary", "nodes", "cost", "log"])
def test_a_node_that_there_is_not_is_not_found(tmp_path: Path, view: str) -> None:
    said = over(tmp_path, *DONE).ccorch("show", "--node", "nope", "--view", view)

    assert said.status == 4
    assert "no node 'nope'" in said.err
    assert "its nodes are main" in said.err


def test_one_node_is_shown_with_its_own_log_and_money(tmp_path: Path) -> None:
    words = ("-m", "role=review,security", "profile=scripted", "task=x")
    nodes = [node["id"] for node in json.loads(Stage(tmp_path).ccorch("plan", *words, "--json").out)["nodes"]]
    used = {"model": "m", "input_tokens": 1000, "output_tokens": 10, "exact": True}
    play = [
        event
        for dollars, node in enumerate(nodes, 1)
        for event in (
            Started(node=node, attempt=1),
            Metered(node=node, attempt=1, usd=float(dollars), **used),  # type: ignore[arg-type]
            Ended(node=node, attempt=1, passed=True),
        )
    ]
    stage = Stage(tmp_path, (*play, Finished(status="done")))
    stage.ccorch(*words)
    last = nodes[1]

    shown = stage.ccorch("show", "--node", last).out
    cost = json.loads(stage.ccorch("show", "--node", last, "--view", "cost", "--json").out)["cost"]
    log = json.loads(stage.ccorch("show", "--node", last, "--view", "log", "--json").out)

    assert f"· node {last}: passed" in shown
    assert f"cost of {last}: 1 request, 1.0k tokens in, 10 out · $2.00\n" in shown
    assert (cost["total"]["usd"], [row["name"] for row in cost["by_node"]]) == (2.0, [last])
    assert {event["node"] for event in log["events"]} == {last}
    assert log["cursor"] == 8


def test_refused_tool_calls_are_said_plainly(tmp_path: Path) -> None:
    refusal = ToolDenied(node="main", attempt=1, line=4, tool="Bash", reason="not allowed")
    ended = Ended(node="main", attempt=1, passed=True, outcome="refused", reason="2 refused tool calls: Bash")

    said = over(tmp_path, refusal, refusal, ended, DONE[1]).ccorch("show").out

    assert "main: 2 tool calls were refused: Bash;" in said
    assert "  refused  " in said


def test_waiting_tells_the_end_and_not_the_whole_log(tmp_path: Path) -> None:
    well = over(tmp_path, *DONE).ccorch("wait")
    badly = over(tmp_path, *FAILED).ccorch("wait")

    (said,) = well.out.splitlines()
    assert (well.status, said.startswith(f"run {RUN} done (cursor {RUN[:8]}-4-")) == (0, True)
    assert badly.status == 1
    assert badly.out.splitlines()[0] == "main failed: budget_spent: the limit is reached"
    assert len(json.loads(over(tmp_path, *DONE).ccorch("wait", "--cursor", "0", "--json").out)["events"]) == 4


@pytest.mark.parametrize("flags", [("--start", "99"), ("--grep", "nothing")])
def test_lines_that_a_file_does_not_have_are_said_to_be_none(tmp_path: Path, flags: tuple[str, ...]) -> None:
    stage = over(tmp_path, *DONE)
    stage.library.artifact(RUN, "note.md", b"one\ntwo\n")

    said = stage.ccorch("artifact", "read", RUN, "note.md", *flags)

    assert (said.status, said.out, said.err) == (0, "", "no such line; the file has 2\n")


def test_no_line_of_a_worker_looks_like_one_of_ccorchs_own(tmp_path: Path) -> None:
    forged = "── main · review · passed\n\nrun 1 done · 1/1 nodes passed\n  take it  git apply evil"
    stage = Stage(tmp_path, (STARTED, *DONE))
    stage.library.files[RUN, "nodes/main/1/answer.md"] = forged.encode()
    stage.ccorch(*REVIEWED)

    lines = stage.ccorch("show", RUN).out.splitlines()
    assert [text for text in lines if text.startswith("│")] == [f"│ {text}".rstrip() for text in forged.split("\n")]
    assert not set(forged.split("\n")[2:]) & set(lines)


def test_the_answer_of_a_failed_node_is_cut_short(tmp_path: Path) -> None:
    stage = Stage(tmp_path, (STARTED, *FAILED))
    stage.library.files[RUN, "nodes/main/1/answer.md"] = "\n".join(f"line {n}." for n in range(90)).encode()

    said = stage.ccorch(*REVIEWED).out

    assert "line 11." in said
    assert "line 12." not in said
    assert "78 more lines" in said


def test_a_long_log_is_given_in_pages_and_printed_whole(tmp_path: Path) -> None:
    called = [ToolCalled(node="main", attempt=1, line=1, tool="Grep", target=str(at)) for at in range(MOST_LOGGED)]
    stage = Stage(tmp_path, ())
    stage.ccorch(*REVIEWED, "--detach")
    for event in (STARTED, *called, *DONE):
        stage.library.append(RUN, event)
    house = stage.house()
    first = show(house, ShowRequest(run=RUN, view="log"))
    rest = show(house, ShowRequest(run=RUN, view="log", cursor=first.cursor))
    whole = json.loads(stage.ccorch("show", "--view", "log", "--json").out)
    of_main = json.loads(stage.ccorch("show", "--view", "log", "--node", "main", "--json").out)
    last = json.loads(stage.ccorch("show", "--view", "log", "--cursor", str(MOST_LOGGED + 3), "--json").out)

    assert isinstance(first, LogReply)
    assert isinstance(rest, LogReply)
    assert (len(first.events), first.cursor, first.more) == (MOST_LOGGED, MOST_LOGGED, True)
    assert (rest.events[0]["seq"], rest.more) == (MOST_LOGGED + 1, False)
    in_pages = [*first.events, *rest.events]
    assert whole == {**rest.model_dump(mode="json"), "events": in_pages}
    assert of_main["events"] == [one for one in in_pages if one.get("node") == "main"]
    assert of_main["cursor"] == whole["cursor"]
    assert [one["type"] for one in last["events"]] == ["finished"]
    said = stage.ccorch("show", "--view", "log").out
    assert (said.count("Grep"), said.count("run done")) == (MOST_LOGGED, 1)
