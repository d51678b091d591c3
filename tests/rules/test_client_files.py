"""Clients' files: our entry is there once, everything else is as it was."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.client_files import NAME, codex_block, with_claude, with_codex

COMMAND = ("/opt/py thon", "-I", '/a "b"/front.py', "--")
OTHER = """# mine
model = "x"

[mcp_servers.other]
command = "o"  # [mcp_servers.ccorch]

[profiles.a]
model = "y"
"""
TUI = "\n[tui]\nx = 1\n"
OLD = """[mcp_servers.ccorch]
command = "/gone"
[mcp_servers.ccorch.env]
A = "b"
"""


@pytest.mark.parametrize("text", ["", OTHER, OLD, OLD + TUI, OTHER + OLD, OTHER + OLD + TUI])
def test_codex_gets_one_entry_and_keeps_the_rest(text: str) -> None:
    made = with_codex(text, COMMAND)

    found, was = tomllib.loads(made), tomllib.loads(text)
    entry = found["mcp_servers"].pop(NAME)
    was.get("mcp_servers", {}).pop(NAME, None)
    assert [entry["command"], *entry["args"]] == list(COMMAND)
    assert entry["tools"]["run_decide"]["approval_mode"] == "prompt"
    assert {**found, "mcp_servers": found["mcp_servers"]} == {"mcp_servers": {}, **was}
    assert ("# mine" in made) == ("# mine" in text)
    assert with_codex(made, COMMAND) == made


QUOTED = """note = '''
[mcp_servers.ccorch]
important = 1
[tui]
'''
"""


def test_comments_behind_our_tables_stay_with_what_they_are_about() -> None:
    other = "# mine, about the other\n\n# and more\n[mcp_servers.other]\ncommand = 'x'\n"
    old = f"a = 1\n\n[mcp_servers.{NAME}]\ncommand = 'old'  # gone\n\n"

    made = with_codex(old + other, COMMAND)

    assert made == f"a = 1\n\n{codex_block(COMMAND)}\n{other}"
    assert with_codex(made, COMMAND) == made
    assert with_codex(old + "# the end\n", COMMAND).endswith("\n# the end\n")


@pytest.mark.parametrize(
    "text",
    [
        *("[mcp_servers", 'mcp_servers = {ccorch = {command = "x"}}', "a = 1\na = 2", "[[mcp_servers]]\na = 1"),
        *(QUOTED, '["mcp_servers.ccorch"]\nimportant = 1\n'),
    ],
)
def test_a_file_of_codex_that_cannot_be_changed_safely_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        with_codex(text, COMMAND)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(words=st.lists(NAMES, min_size=1, max_size=4))
def test_any_command_reads_back_as_it_is(words: list[str]) -> None:
    command = ("/p", *words)

    entry = tomllib.loads(codex_block(command))["mcp_servers"][NAME]
    assert ("/p", *entry["args"]) == command
    text, _ = with_claude("", command, lambda path: True)
    assert json.loads(text)["mcpServers"][NAME]["args"] == words


@pytest.mark.parametrize(
    ("text", "names", "gone"),
    [
        ("", {NAME}, ()),
        ("{}", {NAME}, ()),
        ('{"mcpServers": {"a": {"command": "/there"}, "ccorch": {"command": "/gone"}}}', {"a", NAME}, ()),
        ('{"a": {"command": "/gone"}}', {"a", NAME}, ("a",)),
        ('{"mcpServers": {"a": {"url": "http://x"}, "b": {"command": "b"}}, "c": [1]}', {"a", "b", NAME}, ()),
    ],
)
def test_claude_code_gets_one_entry_and_the_wrapper_it_needs(
    text: str, names: set[str], gone: tuple[str, ...]
) -> None:
    made, told = with_claude(text, COMMAND, lambda path: path == "/there")

    data = json.loads(made)
    assert set(data["mcpServers"]) == names
    assert data["mcpServers"][NAME]["command"] == COMMAND[0]
    assert told == gone
    assert set(json.loads(text or "{}")) - {"a", "mcpServers"} == set(data) - {"mcpServers"}
    assert with_claude(made, COMMAND, lambda path: path == "/there")[0] == made


def test_a_setting_of_claude_code_that_has_a_command_is_no_server() -> None:
    text = '{"statusLine": {"type": "command", "command": "mine"}, "numStartups": 3}'

    made, _ = with_claude(text, COMMAND, lambda path: True)

    assert {**json.loads(made), "mcpServers": None} == {**json.loads(text), "mcpServers": None}
    bare, _ = with_claude('{"a": {"command": "a"}, "b": {"url": "http://b"}}', COMMAND, lambda path: True)
    assert set(json.loads(bare)["mcpServers"]) == {"a", "b", NAME}


@pytest.mark.parametrize("text", ["[1]", '{"mcpServers": []}', "{", "nonsense"])
def test_a_file_of_claude_code_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        with_claude(text, COMMAND, lambda path: True)
