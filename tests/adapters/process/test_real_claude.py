"""The shim with the real `claude`: hooks bind, interrupts keep the session, a killed shim leaves nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import uuid
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from attempts import Attempt, eventually, user
from messages_api import Json, MessagesApi, answers_a_tool, last_words, messages_api

from ccorch.adapters.process import attempt, group
from tests.machine import words_of


def binary() -> str:
    """The `claude` that the optional extra brings, else the one on PATH."""
    found = find_spec("claude_agent_sdk")
    bundled = Path(found.origin).parent / "_bundled" / "claude" if found and found.origin else None
    path = str(bundled) if bundled and bundled.exists() else shutil.which("claude")
    assert path is not None, "no claude binary: install ccorch[claude]"
    return path


def begin(one: Attempt, api: MessagesApi, fence: dict[str, Any], *more: str) -> Attempt:
    home = one.folder.parent / "home"
    home.mkdir()
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / "config"),
        "CLAUDE_CODE_TMPDIR": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "ANTHROPIC_BASE_URL": api.url,
        "ANTHROPIC_AUTH_TOKEN": "dummy",
        "ANTHROPIC_MODEL": "scripted-1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
        "CLAUDE_CODE_MAX_RETRIES": "1",
    }
    talk = ("-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose")
    walls = ("--setting-sources", "", "--strict-mcp-config", "--permission-mode", "acceptEdits")
    argv = [binary(), *talk, *walls, "--include-partial-messages", "--tools", "Read,Edit,Write,Bash", *more]
    first = user(text="go", uuid=str(uuid.uuid4()))
    return one.start(argv=argv, env=env, fence=fence, message=first, grace_seconds=4)


def fence_around(one: Attempt, *commands: list[str]) -> dict[str, Any]:
    return {
        "version": 1,
        "roots": [str(one.work)],
        "tools": {"Read": "allow", "Write": "path", "Bash": "command"},
        "path_rules": [["allow", "src/**"]],
        "path_keys": {"Write": "file_path"},
        "commands": list(commands),
    }


def test_a_write_inside_the_scope_happens_and_one_outside_does_not(one: Attempt) -> None:
    places = iter([str(one.work / "src/in.txt"), str(one.work / "out.txt")])

    def script(body: Json) -> Json:
        place = next(places, None)
        return {"tool": "Write", "input": {"file_path": place, "content": "x"}} if place else {"text": "done"}

    with messages_api(script) as api:
        record = begin(one, api, fence_around(one)).end()

    assert (record["reason"], record["rc"], record["results"]) == ("exited", 0, 1)
    assert (one.work / "src/in.txt").read_text() == "x"
    assert not (one.work / "out.txt").exists()
    result = next(line for line in one.lines() if line["type"] == "result")
    assert [denied["tool_name"] for denied in result["permission_denials"]] == ["Write"]


def test_an_interrupted_turn_is_followed_by_another_in_the_same_session(one: Attempt) -> None:
    def script(body: Json) -> Json:
        return {"text": "second answer"} if "again" in last_words(body) else {"text": "thinking", "hang": True}

    name = str(uuid.uuid4())
    with messages_api(script) as api:
        begin(one, api, fence_around(one))
        eventually(lambda: one.saw('"text_delta"'))
        assert attempt.send(one.folder, {"do": "interrupt", "hold": 600})
        eventually(lambda: one.saw("aborted_streaming"))
        assert attempt.say(one.folder, user(text="again", uuid=name), name)
        record = one.end()

    results = [line for line in one.lines() if line["type"] == "result"]
    assert (record["reason"], record["rc"], record["results"]) == ("exited", 0, 2)
    assert results[1]["result"] == "second answer"
    assert len({result["session_id"] for result in results}) == 1


def test_a_killed_shim_leaves_nothing_of_a_working_claude(one: Attempt) -> None:
    busy = ["/usr/bin/tail", "-f", "/dev/null"]

    def script(body: Json) -> Json:
        return {"text": "done"} if answers_a_tool(body) else {"tool": "Bash", "input": {"command": " ".join(busy)}}

    with messages_api(script) as api:
        begin(one, api, fence_around(one, busy), "--allowedTools", f"Bash({' '.join(busy)})")
        tail = eventually(lambda: [each for each in one.left() if b"tail\0-f" in words_of(each.pid)])[0]
        family = group.descendants(one.shim.pid)
        assert tail in family
        os.kill(one.shim.pid, signal.SIGKILL)
        eventually(lambda: attempt.adopt(one.folder) == "lost")

        assert attempt.sweep_lost(one.folder) == ()

    assert not one.left()
    assert not [process for process in family if group.alive(process)]


def test_stopping_a_streaming_claude_keeps_its_result(one: Attempt) -> None:
    with messages_api(lambda body: {"text": "thinking", "hang": True}) as api:
        begin(one, api, fence_around(one))
        eventually(lambda: one.saw('"text_delta"'))
        attempt.send(one.folder, {"do": "stop", "reason": "budget"})
        record = one.end()

    assert (record["reason"], record["detail"], record["results"]) == ("stopped", "budget", 1)
    assert record["ended_at"] - record["started_at"] < 120
    assert json.loads((one.folder / "raw.ndjson").read_bytes().splitlines()[0])
