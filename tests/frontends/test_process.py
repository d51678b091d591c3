"""The command as a process: what it imports, pipes that close, and the front door of MCP."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = ("hydra", "omegaconf", "mcp", "aiohttp", "asyncio", "jsonschema", "yaml")

PROBE = """
import io, sys
from pathlib import Path
from ccorch.frontends.cli.main import Doors, main
from ccorch.frontends.cli.screen import Screen
words, heavy = sys.argv[1].split(), sys.argv[2].split(",")
doors = Doors(None, None, None, None, None, {}, io.BytesIO())
status = main(words, doors, Screen(io.StringIO(), io.StringIO()))
print(status, *[name for name in heavy if name in sys.modules])
"""

SHOWING = """
import io, sys
from ccorch.frontends.cli import feed, follow, layout, plans, results
from ccorch.frontends.cli.main import main
from ccorch.operations.registry import BY_NAME
import ccorch.operations.listing, ccorch.operations.runs, ccorch.operations.waiting
print(0, *[name for name in sys.argv[2].split(",") if name in sys.modules])
"""


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "NO_COLOR": "1"}


def python(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, env=ENVIRONMENT, timeout=300, check=False
    )


@pytest.mark.parametrize("words", ["--help", "show --help", "--version", "_complete ccorch sh"])
def test_help_imports_nothing_heavy(words: str) -> None:
    said = python("-c", PROBE, words, ",".join((*HEAVY, "ccorch.operations.plans", "ccorch.operations.runs")))

    assert said.stdout.split() == ["0"], said.stderr


def test_reading_verbs_need_nothing_heavy() -> None:
    said = python("-c", SHOWING, "", ",".join((*HEAVY, "ccorch.operations.plans")))

    assert said.stdout.split() == ["0"], said.stderr


def test_the_package_is_a_command() -> None:
    said = python("-m", "ccorch", "--version")

    assert (said.returncode, said.stdout, said.stderr) == (0, "ccorch 0.1.0\n", "")


def test_a_reader_that_goes_away_is_no_problem() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        said = subprocess.run(
            [sys.executable, "-m", "ccorch", "--help"], stdout=closed, stderr=subprocess.PIPE, env=ENVIRONMENT,
            timeout=300, check=False,
        )  # fmt: skip

    assert (said.returncode, said.stderr) == (141, b"")


INTERRUPTED = """
import os, runpy, signal, sys

class Field:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), signal.SIGINT)

class Interrupts:
    at = sys.argv[1]

    def find_spec(self, name, *more):
        if name == self.at:
            type("Owner", (), {"field": Field()})

sys.meta_path.insert(0, Interrupts())
sys.argv[1:], sys.argv[0] = ["--help"], "ccorch"
runpy.run_module("ccorch", run_name="__main__")
"""
"""The command, with Ctrl-C when it loads a module and makes a class, where what is raised becomes another error."""


@pytest.mark.parametrize("module", ["ccorch.frontends.cli.main", "ccorch.frontends.cli.screen", "pydantic_core"])
def test_ctrl_c_while_modules_are_loaded_is_quiet(module: str) -> None:
    said = python("-c", INTERRUPTED, module)

    assert (said.returncode, said.stdout, said.stderr) == (130, "", "")


def test_a_second_ctrl_c_ends_also_what_never_finishes_loading() -> None:
    once = '        if name == self.at:\n            type("Owner", (), {"field": Field()})\n'
    hanging = INTERRUPTED.replace(
        once, "        while name == self.at:\n            Field().__set_name__(self, name)\n"
    )
    assert hanging != INTERRUPTED
    said = python("-c", hanging, "pydantic_core")

    assert (said.returncode, said.stdout, said.stderr) == (130, "", "")


def test_output_that_cannot_be_written_is_a_sentence() -> None:
    with open("/dev/full", "wb") as full:
        said = subprocess.run(
            [sys.executable, "-m", "ccorch", "--help"], stdout=full, stderr=subprocess.PIPE, env=ENVIRONMENT,
            timeout=300, check=False,
        )  # fmt: skip

    assert said.returncode == 2
    assert said.stderr.startswith(b"error: standard output cannot be written: No space left on device\n")
    assert said.stderr.count(b"\n") == 2


def test_output_that_was_closed_is_a_sentence() -> None:
    said = subprocess.run(
        ["sh", "-c", 'exec "$0" -m ccorch --help >&- <&-', sys.executable],
        stderr=subprocess.PIPE, env=ENVIRONMENT, timeout=300, check=False,
    )  # fmt: skip

    assert said.returncode == 2
    assert said.stderr.startswith(b"error: standard output cannot be written: it is closed\n")


def test_a_state_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    said = subprocess.run(
        [sys.executable, "-m", "ccorch", "-C", str(tmp_path), "list"], capture_output=True, text=True,
        env={**ENVIRONMENT, "CCORCH_STATE_DIR": str(file)}, timeout=300, check=False,
    )  # fmt: skip

    assert said.returncode == 2
    assert str(file) in said.stderr
    assert "Not a directory" in said.stderr
    assert "bug" not in said.stderr


@pytest.mark.parametrize(("columns", "whole"), [(None, True), ("60", False)])
def test_nothing_is_cut_in_a_pipe_unless_a_width_is_asked_for(columns: str | None, whole: bool) -> None:
    wide = {name: value for name, value in ENVIRONMENT.items() if name != "COLUMNS"}
    said = subprocess.run(
        [sys.executable, "-m", "ccorch", "catalog", "keys"], capture_output=True, text=True,
        env=wide if columns is None else {**wide, "COLUMNS": columns}, timeout=300, check=False,
    )  # fmt: skip

    assert (max(map(len, said.stdout.splitlines())) > 100) is whole
    assert "…" not in said.stdout or not whole


def test_a_verb_that_is_not_known_has_no_traceback() -> None:
    said = python("-m", "ccorch", "shwo")

    assert said.returncode == 2
    assert said.stderr == "error: no verb 'shwo'\nhint: did you mean `ccorch show`?\n"


def test_mcp_speaks_nothing_but_the_protocol(tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    server.write_text(
        "from pathlib import Path\n"
        "from ccorch.frontends.mcp.server import Server\n"
        "from tests.frontends.houses import Stage\n"
        f"Server(lambda who: Stage(Path({str(tmp_path)!r})).house('mcp')).run('stdio')\n"
    )

    welcome, refused, rest, status = asyncio.run(asyncio.wait_for(_talk(server), 300))

    assert welcome["result"]["serverInfo"]["name"] == "ccorch"
    assert refused["result"]["isError"] is True
    assert refused["result"]["structuredContent"]["error"]["code"] == "RUN_NOT_FOUND"
    assert (rest, status) == (b"", 0)


async def _talk(server: Path) -> tuple[dict[str, Any], dict[str, Any], bytes, int]:
    """Both answers, what was written after them, and the exit status."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(server), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    process.stdin.write(_message(1, "initialize", told))
    welcome = json.loads(await process.stdout.readline())
    process.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    process.stdin.write(_message(2, "tools/call", {"name": "run_get", "arguments": {}}))
    refused = json.loads(await process.stdout.readline())
    process.stdin.close()
    return welcome, refused, await process.stdout.read(), await process.wait()


def _message(number: int, method: str, params: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"
