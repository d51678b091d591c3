"""How clients' configuration files name the MCP server: what is written, and everything else left as it stands."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

NAME = "ccorch"

PASSED = (
    *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_BIN"),
    *("CCORCH_STATE_DIR", "CCORCH_CONFIG_HOME", "CCORCH_CACHE_DIR", "XDG_RUNTIME_DIR"),
)
"""Variables that Codex would not give to a server by itself; their names are written, never their values."""

STARTUP_SECONDS = 20
CALL_SECONDS = 300

_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")


def codex_block(command: Sequence[str]) -> str:
    """The tables that Codex needs; accepting is asked for, for it changes a branch."""
    words = ", ".join(map(_quoted, command[1:]))
    names = ", ".join(map(_quoted, PASSED))
    return (
        f"[mcp_servers.{NAME}]\n"
        f"command = {_quoted(command[0])}\n"
        f"args = [{words}]\n"
        "required = true\n"
        f"startup_timeout_sec = {STARTUP_SECONDS}\n"
        f"tool_timeout_sec = {CALL_SECONDS}\n"
        f"env_vars = [{names}]\n"
        "\n"
        f"[mcp_servers.{NAME}.tools.run_decide]\n"
        'approval_mode = "prompt"\n'
    )


def claude_entry(command: Sequence[str]) -> dict[str, Any]:
    """What Claude Code needs; its tools are there from the first turn."""
    return {"type": "stdio", "command": command[0], "args": list(command[1:]), "alwaysLoad": True}


def with_codex(text: str, command: Sequence[str]) -> str:
    """The file with our tables in place of earlier ones; raises ValueError for one that is no TOML."""
    was = _parsed(text)
    if not isinstance(was.get("mcp_servers", {}), dict):
        raise ValueError("its mcp_servers are no table")
    kept: list[str] = []
    said: list[str] = []  # comments behind one of our tables, which are about what follows
    is_ours, place = False, None
    for line in text.splitlines(keepends=True):
        header = _HEADER.match(line)
        if header:
            is_ours = _is_ours(header[1])
            if is_ours and place is None:
                place = len(kept)
        if not is_ours:
            kept += [*said, line]
        if is_ours and (not line.strip() or line.lstrip().startswith("#")):
            said.append(line)
        else:
            said.clear()
    kept += said
    before = "".join(kept[: len(kept) if place is None else place]).rstrip("\n")
    after = "" if place is None else "".join(kept[place:]).lstrip("\n")
    made = f"{before}\n\n" if before else ""
    made += codex_block(command) + (f"\n{after}" if after else "")
    found = _parsed(made)
    is_there = found.get("mcp_servers", {}).get(NAME, {}).get("command") == command[0]
    # what looks like a header of ours may stand in somebody's text, or be the name of another table
    if not is_there or repr(_others(found)) != repr(_others(was)):
        raise ValueError(f"mcp_servers.{NAME} is written in a form that cannot be replaced")
    return made


def with_claude(text: str, command: Sequence[str], is_there: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    """The file with our entry, and the names of other servers whose program is gone; raises ValueError.

    A file without the wrapper `mcpServers` gets it, because Claude Code reads nothing else.
    """
    data = json.loads(text) if text.strip() else {}
    if not isinstance(data, dict) or not isinstance(data.get("mcpServers", {}), dict):
        raise ValueError("it is no JSON object with mcpServers")
    # among other settings an entry with a command is one of them, such as a status line
    bare = data if all(map(_is_server, data.values())) else {}
    rest = {name: value for name, value in data.items() if name not in bare}
    servers = {**bare, **rest.get("mcpServers", {})}
    gone = [name for name, server in servers.items() if name != NAME and _is_gone(server, is_there)]
    made = {**rest, "mcpServers": {**servers, NAME: claude_entry(command)}}
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n", tuple(gone)


def _is_server(said: Any) -> bool:
    return isinstance(said, Mapping) and any(isinstance(said.get(name), str) for name in ("command", "url"))


def _is_gone(server: Any, is_there: Callable[[str], bool]) -> bool:
    command = server.get("command") if isinstance(server, Mapping) else None
    return isinstance(command, str) and command.startswith("/") and not is_there(command)


def _is_ours(header: str) -> bool:
    parts = [part.strip().strip("\"'") for part in header.split(".")]
    return parts[:2] == ["mcp_servers", NAME]


def _others(data: Mapping[str, Any]) -> dict[str, Any]:
    """All that is not ours; no server is the same as no servers."""
    servers = data.get("mcp_servers", {})
    others = {name: server for name, server in servers.items() if name != NAME} if servers else {}
    return {**{key: value for key, value in data.items() if key != "mcp_servers"}, "mcp_servers": others}


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ValueError(str(problem)) from problem


def _quoted(text: str) -> str:
    # what TOML and JSON escape is alike but for one letter
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
