"""What lines mean and how they add up, on shapes recorded from Claude Code 2.1.330."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.claude_code.ending import Classifier
from ccorch.adapters.claude_code.stream import LONGEST, Interpreter, is_telling
from ccorch.rules.pricing import same_model
from ccorch.schema.event import ToolBegan

Json = dict[str, Any]

INIT: Json = {
    "type": "system",
    "subtype": "init",
    "tools": ["Glob", "Grep", "Read"],
    "model": "glm-5",
    "claude_code_version": "2.1.330",
}
EXITED: Json = {"rc": 0, "signal": None, "reason": "exited", "detail": ""}
DONE: Json = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "terminal_reason": "completed",
    "api_error_status": None,
    "result": "All is well.",
    "permission_denials": [],
}
DENIALS = [{"tool_name": "Write"}, {"tool_name": "Bash"}]


def said(text: str = "hello", model: str = "glm-5", **more: Any) -> Json:
    content = [{"type": "text", "text": text}]
    return {"type": "assistant", "message": {"model": model, "content": content}, **more}


def called(tool: str, id: str = "t1", **arguments: Any) -> Json:
    content = [{"type": "tool_use", "id": id, "name": tool, "input": arguments}]
    return {"type": "assistant", "message": {"model": "glm-5", "content": content}}


def failed(status: int | None, text: str, **more: Any) -> Json:
    failure = {"is_error": True, "terminal_reason": "api_error", "api_error_status": status, "result": text}
    return {**DONE, **failure, **more}


def ended(subtype: str, *errors: str, **more: Any) -> Json:
    return {**DONE, "subtype": subtype, "is_error": True, "result": None, "errors": list(errors), **more}


def exited(**facts: Any) -> Json:
    return {**EXITED, **facts}


def ending(*lines: Json, record: Json | None = EXITED, last: str = "", **how: Any) -> tuple[str, str]:
    classifier = Classifier(
        **{"profile": "cheap", "model": "glm-5", "wants_handoff": False, "same_model": same_model, **how}
    )
    for line in lines:
        classifier.take(line)
    judged = classifier.ending(record, last)
    return judged.outcome, judged.reason


@pytest.mark.parametrize(
    ("outcome", "words", "lines", "record"),
    [
        ("done", "", [INIT, said(), DONE], EXITED),
        ("done", "", [INIT, said(), DONE], exited(reason="timeout")),
        ("done", "", [INIT, said(), DONE], exited(rc=143)),
        ("killed", "watched", [INIT, said(), DONE], None),
        ("killed", "signal 9", [INIT], exited(rc=-9, signal=9)),
        ("killed", "exit code 143", [INIT], exited(rc=143)),
        ("start_failed", "bad flag", [], exited(rc=1)),
        ("start_failed", "no such file", [], exited(rc=None, reason="start_failed", detail="no such file")),
        ("start_failed", "does not confirm", [], exited(reason="hooks_unsupported", detail="does not confirm")),
        ("failed", "no result", [INIT, said()], EXITED),
        ("failed", "disk", [INIT], exited(reason="disk_full", detail="cut")),
        ("timed_out", "after 15 min (p", [INIT], exited(reason="timeout", detail="still running after 15 min")),
        ("stopped", "by hand", [INIT, said()], exited(reason="stopped", detail="by hand")),
        (
            "stopped",
            "by hand",
            [INIT, ended("error_during_execution", terminal_reason="aborted_tools")],
            exited(reason="stopped", detail="by hand"),
        ),
        ("stopped", "interrupted", [INIT, {**DONE, "terminal_reason": "aborted_streaming"}], EXITED),
        ("budget_spent", "2 of 2 USD", [INIT, failed(402, "API Error: 402 2 of 2 USD")], exited(rc=1)),
        ("auth_failed", "cheap", [INIT, failed(401, "Failed to authenticate. API Error: 401 bad")], exited(rc=1)),
        ("auth_failed", "cheap", [INIT, {"type": "system", "subtype": "api_retry", "error_status": 401}], EXITED),
        ("api_error", "Rejected", [INIT, failed(429, "API Error: Rejected (429)")], exited(rc=1)),
        ("api_error", "too long", [INIT, failed(None, "too long", terminal_reason="prompt_too_long")], EXITED),
        ("api_error", "ECONN", [INIT, said(error="unknown", model="<synthetic>"), failed(None, "ECONN")], EXITED),
        (
            "turns_spent",
            "maximum number",
            [INIT, ended("error_max_turns", "maximum number")],
            exited(rc=1),
        ),
        ("budget_spent", "error_max", [INIT, ended("error_max_budget_usd")], EXITED),
        (
            "no_handoff",
            "Failed to provide",
            [INIT, failed(None, "", subtype="error_max_structured_output_retries", errors=["Failed to provide"])],
            EXITED,
        ),
        ("empty", "empty", [INIT, {**DONE, "result": "  \n"}], EXITED),
        ("refused", "2 refused tool calls: Write, Bash", [INIT, {**DONE, "permission_denials": DENIALS}], EXITED),
        ("route_mismatch", "claude-haiku", [INIT, said(model="claude-haiku-4-5"), DONE], EXITED),
        ("done", "", [INIT, said(model="<synthetic>"), said(model="z-ai/GLM-5"), DONE], EXITED),
        ("failed", "unknown", [INIT, {"type": "result"}], EXITED),
        ("failed", "success_ish", [INIT, {**DONE, "subtype": "success_ish"}], EXITED),
        ("failed", "new_reason", [INIT, {**DONE, "terminal_reason": "new_reason"}], EXITED),
        ("failed", "unknown", [INIT, {**DONE, "is_error": None, "result": "", "subtype": None}], EXITED),
    ],
)  # fmt: skip
def test_endings(outcome: str, words: str, lines: list[Json], record: Json | None) -> None:
    found, reason = ending(*lines, record=record, last="error: bad flag")

    assert found == outcome
    assert words in reason


def test_an_owed_handoff_counts_only_as_structured_output() -> None:
    prose = {**DONE, "result": '{"role": "review"}'}

    assert ending(INIT, prose, wants_handoff=True)[0] == "no_handoff"
    assert ending(INIT, {**DONE, "result": "", "structured_output": {}}, wants_handoff=True)[0] == "done"


def test_another_model_is_a_warning_when_asked_for() -> None:
    outcome, reason = ending(INIT, said(model="claude-haiku-4-5"), DONE, mismatch_fails=False)

    assert outcome == "done"
    assert "claude-haiku-4-5" in reason


def test_the_text_of_a_cut_worker_is_kept() -> None:
    classifier = Classifier("cheap", "glm-5", False, same_model)
    for line in (INIT, said("half of it"), failed(402, "API Error: 402 spent")):
        classifier.take(line)

    assert classifier.ending(EXITED).answer == "half of it"


def test_a_turn_told_as_events() -> None:
    interpreter = Interpreter("look", 2)
    rejected = {"id": "t2", "permission_decision": {"decision": "reject", "source": "hook"}}
    result = {"type": "tool_result", "tool_use_id": "t2", "content": "fence: outside", "is_error": True}
    lines = [
        INIT,
        INIT,
        {"type": "system", "subtype": "api_retry", "error_status": 529, "error": "overloaded"},
        said("I look\n at it. " * 100),
        called("Grep", pattern="x", path="src"),
        called("Write", "t2", file_path="/w/a.txt", content="b" * 10_000),
        {"type": "user", "message": {"content": [result]}, "tool_result_meta": [rejected]},
        {
            "type": "system",
            "subtype": "permission_denied",
            "tool_name": "Write",
            "tool_use_id": "t2",
            "message": "no",
        },
        {
            "type": "system",
            "subtype": "permission_denied",
            "tool_name": "Bash",
            "tool_use_id": "t3",
            "message": "no",
        },
        {"type": "novelty", "message": 7},
        DONE,
    ]
    events = [event for number, line in enumerate(lines, 1) for event in interpreter.events(number, line)]

    told = [(event.type, event.line) for event in events]
    assert told == [
        ("worker_ready", 1),
        ("request_retried", 3),
        ("model_served", 4),
        ("said", 4),
        ("tool_called", 5),
        ("tool_called", 6),
        ("tool_denied", 7),
        ("tool_denied", 9),
    ]
    assert [event.target for event in events if event.type == "tool_called"] == ["x", "/w/a.txt"]
    assert [(e.tool, e.reason) for e in events if e.type == "tool_denied"] == [
        ("Write", "fence: outside"),
        ("Bash", "no"),
    ]
    assert all(len(event.text) <= LONGEST for event in events if event.type == "said")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()) | st.sampled_from(["assistant", "text"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "message", "content", "model", "id", "error"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
keys = [
    "subtype",
    "message",
    "tools",
    "model",
    "error",
    "error_status",
    "tool_result_meta",
    "result",
    "errors",
    "structured_output",
]
kinds = st.sampled_from(["system", "assistant", "user", "result", "stream_event", "other"])
subtypes = st.sampled_from(["init", "api_retry", "permission_denied", "success", "other"]) | anything


@given(st.lists(st.tuples(kinds, subtypes, st.dictionaries(st.sampled_from(keys), anything)), max_size=6))
def test_no_shape_breaks_the_reading(lines: list[tuple[str, Any, Json]]) -> None:
    interpreter = Interpreter("look", 1)
    classifier = Classifier("cheap", "glm-5", True, same_model)
    for number, (kind, subtype, fields) in enumerate(lines, 1):
        data = {**fields, "type": kind, "subtype": subtype}
        classifier.take(data)
        for event in interpreter.events(number, data):
            event.model_dump_json().encode()
    assert classifier.ending(EXITED).outcome != "done"


def test_a_grave_call_that_nobody_refused_is_told_by_its_first_sign_of_life_or_its_result() -> None:
    spell = lambda data: json.dumps(data, separators=(",", ":")).encode()  # noqa: E731
    beat = {"type": "tool_progress", "tool_use_id": "t1-heartbeat-0", "parent_tool_use_id": "t1"}
    result = {"type": "user", "message": {"content": [{"type": "tool_result", "tool_use_id": "t2", "content": ""}]}}
    interpreter = Interpreter("look", 1)
    assert not interpreter.awaits(spell(result))
    for line, (call, command) in enumerate((("t1", "rm -rf /"), ("t2", "git push"), ("t3", "sudo ls")), 1):
        interpreter.events(line, called("Bash", call, command=command))

    assert [interpreter.awaits(spell(one)) for one in (beat, result, said())] == [True, True, False]
    told = [event for line, data in ((4, beat), (5, beat), (6, result)) for event in interpreter.events(line, data)]
    assert [(event.type, event.call, event.line) for event in told if isinstance(event, ToolBegan)] == [
        ("tool_began", "t1", 4),
        ("tool_began", "t2", 6),
    ]
    assert not interpreter.asked
    hook = {"subtype": "hook_callback", "callback_id": "fence", "tool_use_id": "t3"}
    assert interpreter.events(6, {"type": "control_request", "request": hook}) == ()
    assert interpreter.asked == {"t3": 6}
    refused = {"type": "system", "subtype": "permission_denied", "tool_use_id": "t3", "tool_name": "Bash"}
    assert [event.type for event in interpreter.events(7, refused)] == ["tool_denied"]
    assert (interpreter.asked, interpreter.awaits(spell(beat))) == ({}, False)


def test_only_lines_that_may_tell_something_are_parsed() -> None:
    spell = lambda data: json.dumps(data, separators=(",", ":")).encode()  # noqa: E731
    rejected = {"type": "user", "tool_result_meta": [{"permission_decision": {"decision": "reject"}}]}

    assert not is_telling(spell({"type": "stream_event", "event": {"type": "assistant"}}))
    assert not is_telling(spell({"type": "user", "message": {"content": "long"}}))
    assert is_telling(spell(rejected))
    assert is_telling(spell(said()))
    assert is_telling(spell({"duration_ms": 1, **DONE}))
