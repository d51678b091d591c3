"""What a client says of itself: kept for the record, and capped where it says that it may only read."""

import asyncio
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client

from ccorch.adapters.calls import CallLog
from ccorch.config.owner import MCP, read_mcp
from ccorch.errors import ConfigInvalid, WorkspaceUnwritable
from ccorch.frontends.mcp.caller import caller
from ccorch.frontends.mcp.server import Server
from ccorch.frontends.mcp.tools import offers
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.mcp import Call, McpSettings
from tests.frontends.houses import Stage

Capture = pytest.CaptureFixture[str]

WRITES = {"overlay": {"groups": {"role": "development"}, "set": {"profile": "scripted", "policy.write": True}}}
TURN = {"sandbox_mode": "read-only", "model": "gpt-5.5"}


def planned(stage: Stage, meta: Any, settings: McpSettings | None = None, mode: str = "auto") -> tuple[Any, Call]:
    """What a plan that writes says with this `_meta`, and what was noted; the owner's ceiling allows it."""
    noted: list[Call] = []
    stage.has_commit = True

    def open_house(who: str) -> Any:
        return replace(stage.house("mcp"), ceiling=lambda: Ceiling(write_from_mcp=True))

    async def session() -> Any:
        server = Server(open_house, settings, noted.append, again=0.01)
        async with Client(server, mode=mode) as client:
            return await client.call_tool("plan", {**WRITES, "task": "x"}, meta=meta)

    return asyncio.run(session()), noted[0]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("turn", [TURN, json.dumps(TURN)], ids=["object", "text"])
def test_a_client_in_a_read_only_sandbox_begins_nothing_that_writes(tmp_path: Path, turn: Any, mode: str) -> None:
    meta = {"x-codex-turn-metadata": turn, "callId": "call_1"}

    capped, call = planned(Stage(tmp_path), meta, mode=mode)
    ignored, _ = planned(Stage(tmp_path), meta, McpSettings(client_sandbox="ignore"), mode)

    error = json.loads(capped.content[0].text)["error"]
    assert (error["code"], error["keys"]) == ("CONFIG_FORBIDDEN", ["policy.write"])
    assert (call.call, call.sandbox, call.answer, call.tool) == ("call_1", "read-only", "CONFIG_FORBIDDEN", "plan")
    assert call.client
    assert not ignored.is_error


@pytest.mark.parametrize(
    "meta",
    [
        None,
        {"x-codex-turn-metadata": {"sandbox_mode": "workspace-write"}},
        {"x-codex-turn-metadata": "no json"},
        {"x-codex-turn-metadata": 7},
        {"x-codex-turn-metadata": {"sandbox_mode": ["read-only"]}},
        {"claudecode/toolUseId": "toolu_1"},
    ],
)
def test_any_other_word_of_a_client_changes_nothing(tmp_path: Path, meta: Any) -> None:
    result, call = planned(Stage(tmp_path), meta)

    assert not result.is_error, result.content
    assert (call.answer, len(call.plan)) == ("ok", 64)
    assert call.call == ("toolu_1" if meta and "claudecode/toolUseId" in meta else "")


def test_what_a_client_says_is_short_and_plain() -> None:
    class Said:
        meta = {"callId": "a\x1b[31m\n" + "b" * 500}
        client_params = None

    class Context:
        session = Said()
        request_context = Said()

    assert caller(Context()).call == "a " + "b" * 98


def test_the_owner_chooses_what_is_offered(tmp_path: Path) -> None:
    assert [offer.name for offer in offers(McpSettings(tools=("plan", "run_get")))] == ["plan", "run_get"]
    assert all(offer.verb.reads for offer in offers(McpSettings(read_only=True)))
    with pytest.raises(ConfigInvalid, match="no tool nothing"):
        offers(McpSettings(tools=("nothing",)))

    (tmp_path / MCP).write_text("read_only: true\ntools: [plan]\n")
    assert read_mcp(tmp_path) == McpSettings(read_only=True, tools=("plan",))
    (tmp_path / MCP).write_text("read_only: true\ntoolset: [ops]\n")
    with pytest.raises(ConfigInvalid, match=r"mcp\.yaml:2.*toolset"):
        read_mcp(tmp_path)


def test_calls_are_noted_in_a_private_file_of_the_month(tmp_path: Path) -> None:
    words = {"client": "c", "call": "", "tool": "plan", "run": "", "plan": "", "sandbox": "", "answer": "ok"}
    log = CallLog(tmp_path / "mcp")
    for at in (0.0, 86_400.0 * 45):
        log.note(Call(at=at, seconds=0.1, **words))

    files = sorted((tmp_path / "mcp").iterdir())
    assert len(files) == 2
    assert {stat.S_IMODE(os.stat(file).st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(os.stat(tmp_path / "mcp").st_mode) == 0o700
    assert Call.model_validate_json(files[1].read_text()).at == 86_400.0 * 45


def test_a_call_is_answered_also_where_it_cannot_be_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(call: Call) -> None:
        raise WorkspaceUnwritable("disk full")

    stage = Stage(tmp_path)
    server = Server(lambda who: stage.house("mcp"), None, full)

    assert not asyncio.run(server.call_tool("run_list", {})).is_error
    assert "run_list is not on record: disk full" in capsys.readouterr().err


def test_the_larger_set_of_tools_is_as_closed_and_annotated_as_the_core() -> None:
    every = offers(McpSettings(toolsets=("core", "ops")))

    assert len(every) > len(offers(McpSettings())) == 11
    for offer in every:
        text = json.dumps(offer.parameters)
        assert offer.parameters["additionalProperties"] is False
        assert len(offer.description) <= 140
        assert not {"overrides", "out", "file", "config_dir"} & (
            offer.parameters["properties"].keys() - {"overrides"}
            if "overlay" in offer.parameters["properties"]
            else offer.parameters["properties"].keys()
        )
        assert '"$ref"' not in text
        assert "--" not in offer.description + text


@pytest.mark.parametrize(
    "name",
    ["profiles", "routes", "models", "usage", "workspace_status", "workspace_clean", "doctor", "prompt_list"],
)
def test_a_tool_of_the_larger_set_answers(tmp_path: Path, name: str) -> None:
    stage = Stage(tmp_path)
    server = Server(lambda who: stage.house("mcp"), McpSettings(toolsets=("core", "ops")))

    result = asyncio.run(server.call_tool(name, {}))

    assert not result.is_error, result.content
    assert len(result.content[0].text.encode()) <= 41_000


def test_a_client_has_files_of_its_project_alone_looked_at_for_secrets(tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()
    stage = Stage(tmp_path / "stage")
    server = Server(lambda who: stage.house("mcp"), McpSettings(toolsets=("core", "ops")))
    project = stage.house("mcp").project
    (project / "inside.py").write_text("key = 'AKIA" + "Z7Q4X5W6V7U8T9R3'\n")
    (tmp_path / "outside.py").write_text("x = 1\n")
    (project / "link.py").symlink_to(tmp_path / "outside.py")

    def scanned(target: str) -> Any:
        return json.loads(asyncio.run(server.call_tool("run_scan", {"target": target})).content[0].text)

    assert scanned("inside.py")["leaks"] == 1
    (project / "loop").symlink_to("loop")
    assert scanned("a\0")["error"]["code"] == "ARG_INVALID"
    for target in ("link.py", str(tmp_path / "outside.py"), "../../etc/hostname", "/etc", "loop", "x" * 5000):
        assert scanned(target)["error"]["code"] == "NOT_FOUND"
