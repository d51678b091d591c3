"""A cursor that is no place of what it is given to is refused in a few words by every verb and tool."""

import base64
import json
from typing import Any

import pytest

from tests.journeys.test_mcp import talk
from tests.machine import Machine

SIMULATED = ("worker=simulated", "profile=scripted")
NESTED = base64.urlsafe_b64encode(b"[" * 1_400).decode()
"""Lists in lists, deeper than they are read."""
LARGE = "9" * 4_000
HUGE = "9" * 5_000
"""More digits than Python makes a number of."""
NONE = ("nonsense", "²", "-1", NESTED, HUGE)
ARGUMENT, UNKNOWN = (2, "ARG_INVALID"), (4, "CURSOR_UNKNOWN")


@pytest.fixture
def over(box: Machine) -> tuple[str, str]:
    """Two runs of this machine that are over."""
    own, other = (box.run(*SIMULATED, f"task={task}")["run_id"] for task in ("x", "y"))
    return own, other


def test_a_cursor_that_is_none_of_the_question_is_refused_in_a_few_words(
    box: Machine, over: tuple[str, str]
) -> None:
    own, other = over
    page = box.json("list", "--limit", "1")["next_cursor"]
    place, of_other = (box.json("wait", run)["cursor"] for run in over)
    pages = (page, place, LARGE, *NONE)

    for words, refused, cursors in (
        (("list", "--state", "done"), ARGUMENT, pages),
        (("artifact", "ls", own), ARGUMENT, pages),
        (("show", own, "--view", "log"), ARGUMENT, (page, place, *NONE)),
        (("show", own, "--view", "log"), UNKNOWN, ("5", LARGE)),
        (("wait", own), UNKNOWN, ("5", page, of_other, f"{place}.{of_other}", LARGE, *NONE)),
    ):
        for cursor in cursors:
            said = box.ccorch(*words, f"--cursor={cursor}", "--json")
            assert (said.status, json.loads(said.err)["error"]["code"]) == refused, (words, cursor, said)
            assert len(said.err) < 400, said

    assert [run["run_id"] for run in box.json("list", "--cursor", page)["runs"]] == [own]
    assert box.json("wait", other, "--cursor", of_other)["cursor"] == of_other


def test_the_same_over_mcp_whether_it_is_a_text_or_a_number(box: Machine, over: tuple[str, str]) -> None:
    own, other = over
    of_other = box.json("wait", other)["cursor"]
    log, wait = {"run": own, "view": "log"}, {"run": own, "timeout": 0}
    numbers, texts = (5, 10**3_999, -1), (of_other, *NONE)
    asked: list[tuple[str, dict[str, Any]]] = [
        *(("run_list", {"cursor": cursor}) for cursor in texts),
        *(("artifact_list", {"run": own, "cursor": cursor}) for cursor in texts),
        *(("run_get", {**log, "cursor": cursor}) for cursor in (*numbers, *texts)),
        *(("run_wait", {**wait, "cursor": cursor}) for cursor in (*numbers, *texts)),
    ]

    _, *refused, listed = talk(box, *asked, ("run_list", {}))

    codes = {"run_list": "ARG_INVALID", "artifact_list": "ARG_INVALID", "run_wait": "CURSOR_UNKNOWN"}
    for (tool, words), (is_error, told) in zip(asked, refused, strict=True):
        is_number = words["cursor"] in numbers[:2]
        expected = codes.get(tool, "CURSOR_UNKNOWN" if is_number else "ARG_INVALID")
        assert (is_error, told["error"]["code"]) == (True, expected), (tool, words, told)
        assert len(json.dumps(told)) < 400, told
    assert [run["run_id"] for run in listed[1]["runs"]] == [other, own]
