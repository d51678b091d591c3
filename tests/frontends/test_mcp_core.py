"""The tools by which a client looks around, submits what it was shown, and reads files, driven in memory."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ccorch.errors import CcorchError
from ccorch.frontends.mcp.answers import MOST_BYTES
from ccorch.frontends.mcp.hints import OWNER, as_call, for_client
from ccorch.frontends.mcp.server import Server
from ccorch.schema.event import Ended, Finished, Started
from tests.frontends.houses import RUN, Stage
from tests.frontends.test_mcp import OVERLAY, called

PLAY = (
    Started(node="main", attempt=1),
    Ended(node="main", attempt=1, passed=True),
    Finished(status="done"),
)
WORDS = ["role=review", "profile=scripted"]


def error(result: Any) -> Any:
    """The error of a call that failed."""
    assert result.is_error, result
    return json.loads(result.content[0].text)["error"]


def talked(stage: Stage, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """Call tools of one server, one after the other; {plan_id} is the one of the last plan."""

    async def session() -> list[Any]:
        server = Server(lambda who: stage.house("mcp"), again=0.01)
        answers: list[Any] = []
        plan = ""
        for name, words in calls:
            filled = json.loads(json.dumps(words).replace("{plan_id}", plan))
            answers.append(await server.call_tool(name, filled))
            plan = (answers[-1].structured_content or {}).get("plan_id", plan)
        return answers

    return asyncio.run(session())


def test_a_plan_is_submitted_by_its_id_and_a_lost_reply_starts_nothing_twice(tmp_path: Path) -> None:
    stage = Stage(tmp_path, PLAY)
    submit = ("run_submit", {"plan_id": "{plan_id}"})

    planned, typed, first, again, stopped, anew = talked(
        stage,
        ("plan", {"overrides": WORDS, "task": "x"}),
        ("plan", {"overlay": OVERLAY, "task": "x"}),
        submit,
        submit,
        ("run_control", {"run": RUN, "action": "stop"}),
        ("run_get", {"run": RUN}),
    )

    assert planned.structured_content["plan_id"] == typed.structured_content["plan_id"]
    assert (first.structured_content["run_id"], first.structured_content["existing"]) == (RUN, False)
    assert (again.structured_content["run_id"], again.structured_content["existing"]) == (RUN, True)
    assert stopped.structured_content["asked"] is True
    assert anew.structured_content["run_id"] == RUN
    assert stage.library.submissions[RUN].plan.task == "x"


def test_a_plan_that_this_server_has_not_shown_or_that_is_another_now_is_refused(tmp_path: Path) -> None:
    stage = Stage(tmp_path, PLAY)

    unknown, other, short = talked(
        stage,
        ("run_submit", {"plan_id": "a" * 64}),
        ("run_submit", {"plan_id": "a" * 64, "overrides": WORDS, "task": "x"}),
        ("run_submit", {"plan_id": "a", "overrides": WORDS, "task": "x"}),
    )

    assert (error(unknown)["code"], "call plan again" in error(unknown)["hint"]) == ("PLAN_STALE", True)
    assert error(other)["code"] == "PLAN_STALE"
    assert error(short)["code"] == "ARG_INVALID"
    assert not stage.library.submissions


def test_the_same_key_is_the_same_run_and_no_other_plan(tmp_path: Path) -> None:
    stage = Stage(tmp_path, PLAY)
    first, again, other, empty = talked(
        stage,
        ("run_submit", {"overrides": WORDS, "task": "x", "idempotency_key": "k"}),
        ("run_submit", {"overrides": WORDS, "task": "x", "idempotency_key": "k"}),
        ("run_submit", {"overrides": WORDS, "task": "y", "idempotency_key": "k"}),
        ("run_submit", {"overrides": WORDS, "task": "y", "idempotency_key": ""}),
    )

    run = first.structured_content["run_id"]
    assert (len(run), run == RUN) == (16, False)
    assert (again.structured_content["run_id"], again.structured_content["existing"]) == (run, True)
    assert error(other)["code"] == "RUN_STATE_CONFLICT"
    assert error(empty)["code"] == "ARG_INVALID"
    assert list(stage.library.submissions) == [run]


def test_the_catalog_is_short_at_first_and_tells_all_below_a_path(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    everything = called(stage, "catalog").structured_content
    group = called(stage, "catalog", path="role").structured_content
    key = called(stage, "catalog", path="policy.max_concurrent").structured_content
    about = called(stage, "catalog", query="max_concurrent").structured_content
    missing = error(called(stage, "catalog", path="nothing"))

    assert "review" in everything["groups"]["role"]
    assert "policy" in everything["keys"]
    assert len(json.dumps(everything)) < 4_000
    assert group["groups"]["role"]["review"]
    assert key["keys"]["policy.max_concurrent"]["default"] == "4"
    assert "policy.max_concurrent" in about["keys"]
    assert "ccorch " not in missing["hint"].removeprefix(OWNER)


def test_runs_are_listed_in_pages_whose_cursor_fits_their_question(tmp_path: Path) -> None:
    stage = Stage(tmp_path, PLAY)
    called(stage, "run_submit", overlay=OVERLAY, task="x")
    called(stage, "run_submit", overlay=OVERLAY, task="y", idempotency_key="second")

    first = called(stage, "run_list", limit=1).structured_content
    second = called(stage, "run_list", limit=1, cursor=first["next_cursor"]).structured_content
    strange = error(called(stage, "run_list", limit=1, state="done", cursor=first["next_cursor"]))
    broken = error(called(stage, "run_list", cursor="!!"))
    beyond = error(called(stage, "run_wait", run=first["runs"][0]["run_id"], cursor=999_999))

    assert first["runs"][0]["run_id"] != second["runs"][0]["run_id"]
    assert second["next_cursor"] is None
    assert "project" not in first["runs"][0]
    assert (strange["code"], broken["code"], beyond["code"]) == ("ARG_INVALID", "ARG_INVALID", "CURSOR_UNKNOWN")
    assert called(stage, "run_list", state="cancelled").structured_content["runs"] == []


def test_runs_of_other_projects_are_neither_listed_nor_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path, PLAY)
    called(stage, "run_submit", overlay=OVERLAY, task="x")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    house = stage.house("mcp", elsewhere)

    async def session() -> list[Any]:
        server = Server(lambda who: house, again=0.01)
        return [
            await server.call_tool("run_list", {}),
            *[await server.call_tool("run_get", {"run": short}) for short in (RUN, RUN[:4])],
            await server.call_tool("artifact_list", {"run": RUN[:5]}),
        ]

    listed, *refused = asyncio.run(session())
    assert listed.structured_content == {"runs": [], "next_cursor": None}
    for result in refused:
        assert error(result)["code"] == "RUN_NOT_FOUND"
        assert RUN not in json.dumps({**error(result), "run": ""}).replace(f"{RUN!r}", "")


def test_files_are_listed_and_read_as_text_that_nobody_trusts(tmp_path: Path) -> None:
    stage = Stage(tmp_path, PLAY)
    called(stage, "run_submit", overlay=OVERLAY, task="x")
    long = "\n".join(f"line {number} 漢\x1b[31m\u202e" for number in range(1, 4_001))
    stage.library.files[RUN, "nodes/main/1/answer.md"] = long.encode()
    stage.library.files[RUN, "plan.json"] = b"{}"

    listed = called(stage, "artifact_list", run=RUN, glob="nodes/*").structured_content
    page = called(stage, "artifact_read", run=RUN, path="nodes/main/1/answer.md")
    most = called(stage, "artifact_read", run=RUN, path="nodes/main/1/answer.md", lines=2_000)
    found = called(stage, "artifact_read", run=RUN, path="nodes/main/1/answer.md", grep="line 39 ")
    none = error(called(stage, "artifact_read", run=RUN, path="nodes/main/1/none"))

    assert [one["path"] for one in listed["artifacts"]] == ["nodes/main/1/answer.md"]
    assert page.structured_content is None
    text = page.content[0].text
    assert text.startswith("[untrusted worker output: nodes/main/1/answer.md]\nline 1 漢\n")
    assert text.endswith("[lines 1-200 of 4000; next start=201]")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(most.content[0].text.encode()) <= MOST_BYTES
    assert "39: line 39" in found.content[0].text
    assert none["code"] == "NOT_FOUND"
    for words in ({"path": ""}, {"path": "a", "lines": 2_001}, {"path": "a", "start": 0}):
        assert error(called(stage, "artifact_read", run=RUN, **words))["code"] == "ARG_INVALID"


KINDS = [kind for kind in CcorchError.__subclasses__() if kind.default_hint]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_standard_hint_is_a_call_or_says_whose_it_is(kind: type[CcorchError]) -> None:
    told = for_client(kind("it went wrong").as_data()["error"], kind.default_hint)["hint"]

    assert told
    assert "`ccorch" not in told.split(OWNER)[0]
    assert "--" not in told.split(OWNER)[0]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("`ccorch show RUN` tells", "run_get tells"),
        ("`ccorch stop 0123` ends it", 'run_control(action="stop") ends it'),
        ("`ccorch profiles check x`", f"{OWNER}`ccorch profiles check x`"),
        ("pass --yes", f"{OWNER}pass --yes"),
        ("lower cost.usd_per_run", "lower cost.usd_per_run"),
    ],
)
def test_a_hint_of_the_command_line_becomes_a_call(said: str, told: str) -> None:
    assert for_client({"code": "X", "hint": said}, "")["hint"] == told


@pytest.mark.parametrize(
    ("command", "call"),
    [
        ("ccorch verify 222f074b", 'run_verify(run="222f074b")'),
        ("ccorch show 222f074b", 'run_get(run="222f074b")'),
        ("ccorch stop 222f074b", 'run_control(run="222f074b", action="stop")'),
        ("ccorch retry 222f074b main", 'run_control(run="222f074b", action="retry", node="main")'),
        ("ccorch answer 2222 sure yes", 'run_control(run="2222", action="answer", node="sure", text="yes")'),
        ("ccorch verify 222f074b --test CMD", f"{OWNER}ccorch verify 222f074b --test CMD"),
        ("ccorch workspace clean", f"{OWNER}ccorch workspace clean"),
        ("git apply x", f"{OWNER}git apply x"),
    ],
)
def test_what_is_next_is_a_call(command: str, call: str) -> None:
    assert as_call(command) == call
