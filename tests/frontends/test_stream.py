"""What workers say and do is told in full and as text; a window is looked for before anything is paid."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccorch.frontends.cli.stream import told
from ccorch.rules.plain import plain
from ccorch.schema.event import Ended, Finished, Started, Submitted
from tests.frontends.houses import RUN, Stage
from tests.plan_kit import node, plan
from tests.run_kit import submission

HOSTILE = "\x1b[2J\u202eevil\x07"
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["text", "thinking", "tool_use", "tool_result", "other"])
BLOCKS = st.fixed_dictionaries(
    {"type": KINDS | JSON},
    optional={name: JSON | st.text() for name in ("text", "thinking", "name", "input", "content", "is_error")},
)
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(["assistant", "user", "result", "system"]) | JSON},
    optional={"message": st.fixed_dictionaries({"content": st.lists(BLOCKS, max_size=3)}) | JSON, "subtype": JSON},
)


def said(*blocks: dict[str, Any], kind: str = "assistant") -> bytes:
    return json.dumps({"type": kind, "message": {"content": list(blocks)}}).encode() + b"\n"


def stage(folder: Path, *streams: bytes) -> Stage:
    made = Stage(folder)
    made.library.create(submission(folder, RUN, plan(node("a"))))
    made.library.append(RUN, Submitted(run=RUN, plan="a" * 64, by="terminal"))
    made.library.append(RUN, Started(node="a", attempt=1))
    made.library.append(RUN, Ended(node="a", attempt=1, passed=True))
    made.library.append(RUN, Finished(status="done"))
    made.library.files[RUN, "nodes/a/1/stream.ndjson"] = b"".join(streams)
    return made


@given(MESSAGES, st.integers(20, 120))
def test_any_message_is_told_and_no_line_of_it_speaks_to_the_terminal(message: Any, width: int) -> None:
    for text, _ in told(message, width):
        assert text == plain(text)
        assert "\n" not in text


def test_texts_tools_and_what_these_gave_back_stand_in_order(tmp_path: Path) -> None:
    made = stage(
        tmp_path,
        said({"type": "tool_use", "name": "Bash", "input": {"command": f"ls {HOSTILE}", "timeout": 3}}),
        said({"type": "tool_result", "content": "\n".join(map(str, range(20)))}, kind="user"),
        b"\xff not json\n[1]\n",
        said({"type": "text", "text": f"It is there. {HOSTILE}"}),
        b'{"type":"result","subtype":"success","num_turns":2}\n{"type":"torn',
    )
    shown = made.ccorch("show", "--stream")

    lines = shown.out.splitlines()
    assert lines[:4] == ["── a, attempt 1", "│ ● Bash ls evil", "│   0", "│   1"]
    assert "│   … 12 more lines" in lines
    assert lines[-4:-2] == ["│ It is there. evil", "│ ■ success after 2 turns"]
    assert "passed" in lines[-2]
    assert "run done" in lines[-1]
    assert "\x1b" not in shown.out


def test_a_tool_that_was_called_with_what_is_nested_without_end_hides_nothing_else(tmp_path: Path) -> None:
    deep = b'{"type":"assistant","message":' + b"[" * 9000 + b"]" * 9000 + b"}\n"

    shown = stage(tmp_path, deep, said({"type": "text", "text": "hello"})).ccorch("show", RUN, "--stream")

    assert (shown.status, "hello" in shown.out) == (0, True)


def test_as_json_each_message_is_a_line_with_its_node(tmp_path: Path) -> None:
    made = stage(
        tmp_path, said({"type": "text", "text": "there"}), b"torn\n", said({"type": "text", "text": "here"})
    )

    lines = [json.loads(line) for line in made.ccorch("show", "--stream", "--json").out.splitlines()]

    assert [(one["node"], one["attempt"]) for one in lines] == [("a", 1), ("a", 1)]
    assert lines[1]["message"]["message"]["content"][0]["text"] == "here"


def test_following_ends_with_the_run_and_holding_needs_somebody_there(tmp_path: Path) -> None:
    shown = stage(tmp_path).ccorch("show", "--stream", "-f", "--hold")

    assert shown.status == 0
    assert "Enter closes" not in shown.out


def test_a_window_is_opened_for_the_run_and_looked_for_before_it_is_submitted(tmp_path: Path) -> None:
    made = Stage(tmp_path, (Started(node="main", attempt=1), Finished(status="done")))
    opened = made.ccorch("role=review", "profile=scripted", "task=x", "--visible")
    assert opened.status == 0, opened
    assert made.windows.opened[0][-4:] == (RUN, "--stream", "-f", "--hold")
    assert "the workers are shown in the pane below" in opened.err

    other = Stage(tmp_path)
    other.windows.problem = "no window can be opened"
    refused = other.ccorch("role=review", "profile=scripted", "task=x", "--visible")
    assert refused.status == 2
    assert other.library.logs == {}, "nothing was begun"
