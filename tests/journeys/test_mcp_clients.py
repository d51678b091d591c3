"""Clients are told of ccorch, start it through its front, or reach it over HTTP on this machine."""

import asyncio
import json
import os
import signal
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from tests.machine import Machine, until, words_of

BEGIN = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}


def test_a_client_is_told_of_ccorch_once_and_starts_it_through_its_front(box: Machine) -> None:
    mine = box.project / ".mcp.json"
    mine.write_text('{"other": {"command": "/not/there"}}')
    shown = box.ccorch("mcp", "install", "--client", "claude", "--project")
    assert (shown.status, mine.read_text()) == (0, '{"other": {"command": "/not/there"}}')
    assert "--apply writes it" in shown.out

    told = box.json("mcp", "install", "--client", "claude", "--project", "--skill", "--apply")
    assert (box.project / ".claude/skills/ccorch/SKILL.md").read_text().startswith("---\nname: ccorch\n")
    assert len(told["skill"]) == 3
    entry = json.loads(mine.read_text())["mcpServers"]["ccorch"]
    assert (told["applied"], told["gone"]) == (True, ["other"])
    assert Path(told["backup"]).name == ".mcp.json.before-ccorch"
    assert Path(told["backup"]).read_text() == '{"other": {"command": "/not/there"}}'
    assert box.json("mcp", "install", "--client", "claude", "--project")["changed"] is False
    codex = box.json("mcp", "install", "--client", "codex", "--apply")
    table = tomllib.loads(Path(codex["path"]).read_text())["mcp_servers"]["ccorch"]
    assert (table["command"], table["args"], table["required"]) == (entry["command"], entry["args"], True)
    (box.project / ".codex").mkdir()
    (box.project / ".codex/config.toml").write_text("[broken")
    refused = box.ccorch("mcp", "install", "--client", "codex", "--project", "--apply")
    assert (refused.status, "is left as it is" in refused.err) == (2, True)

    async def session(mode: str) -> Any:
        server = StdioServerParameters(
            command=entry["command"], args=entry["args"], env=box.environment, cwd=box.project
        )
        async with Client(server, mode=mode) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            return names, (await client.call_tool("run_list", {})).structured_content

    for mode in ("auto", "legacy"):
        names, listed = asyncio.run(session(mode))
        assert (len(names), listed) == (11, {"runs": [], "next_cursor": None})


def test_over_http_only_who_knows_the_token_is_heard_and_only_as_this_machine(box: Machine) -> None:
    with box.start("mcp", "serve", "--http") as server:
        place = box.state / "mcp-http.json"
        until(lambda: place.exists() and place.stat().st_size)
        assert place.stat().st_mode & 0o777 == 0o600
        known = json.loads(place.read_text())
        right = {"Authorization": f"Bearer {known['token']}"}
        wrong = {"Authorization": f"Bearer {known['token'][:-1]}"}
        until(lambda: asked(known["url"], right) == 200)
        codes = [
            asked(known["url"], headers)
            for headers in (
                {},
                wrong,
                {**right, "Host": "evil.example"},
                {**right, "Origin": "http://evil.example"},
            )
        ]
        assert codes == [401, 401, 421, 403]
        assert known["token"].encode() not in words_of(server.pid)
        port = known["url"].rpartition(":")[2].partition("/")[0]
        second = box.ccorch("mcp", "serve", "--http", "--port", port)
        assert (second.status, f"cannot listen at port {port}" in second.err) == (2, True)
        os.kill(server.pid, signal.SIGINT)
        server.communicate(timeout=180)
    box.said.clear()


def asked(url: str, headers: dict[str, str]) -> int:
    """The status that a beginning client gets; 0 while nobody listens."""
    said = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": BEGIN}
    kinds = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    request = urllib.request.Request(url, json.dumps(said).encode(), {**kinds, **headers})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=180) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    except urllib.error.URLError:
        return 0
