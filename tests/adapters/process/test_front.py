"""The thin front before a server that answers only when it is told to."""

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from ccorch.adapters.process import front
from ccorch.adapters.process.warming import McpFront
from ccorch.errors import DeadlinePassed

SERVER = """
import json, sys
said, held = sys.argv[1], []
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    held.append(asked)
    if asked["method"] == "tools/call":
        if asked["params"].get("die"):
            sys.exit(3)
        for one in held:
            result = {"of": one["method"], "said": said}
            print(json.dumps({"jsonrpc": "2.0", "id": one["id"], "result": result}), flush=True)
        held = []
"""
OLD = {"protocolVersion": "2025-06-18"}
NEW = {"_meta": {front.VERSION: front.LATEST}}
CALL = ("tools/call", {})
PATIENCE = 180.0
"""Seconds in which something has to be heard."""


class Talk:
    """A client's side of a front."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.asked = 0

    def ask(self, method: str, params: dict[str, Any] | None = None) -> None:
        assert self.process.stdin is not None
        self.asked += 1
        said = {"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params or {}}
        self.process.stdin.write(json.dumps(said).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        late = Timer(PATIENCE, self.process.kill)
        late.start()
        try:
            said = self.process.stdout.readline()
        finally:
            late.cancel()
        assert said, f"nothing was said; after {PATIENCE} s it is ended"
        return json.loads(said)


@contextmanager
def talking(root: Path, said: str = "a") -> Iterator[Talk]:
    (root / "server.py").write_text(SERVER)
    words = ["--cache", str(root / "c/front.json"), "--settings", str(root / "mcp.yaml")]
    server = ["--", sys.executable, "-I", "-S", str(root / "server.py"), said]
    argv = [sys.executable, "-I", "-S", str(front.__file__), *words, *server]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        talk = Talk(process)
        try:
            yield talk
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(180)


def learned(root: Path, said: str = "a") -> None:
    """Let the front hear the server once."""
    with talking(root, said) as talk:
        for method, params in (("initialize", OLD), ("tools/list", {}), ("tools/list", NEW), CALL):
            talk.ask(method, params)
        assert [talk.hear()["result"]["said"] for _ in range(4)] == [said] * 4


def test_what_is_known_is_answered_while_the_server_loads_and_its_late_reply_is_taken_out(tmp_path: Path) -> None:
    learned(tmp_path)
    with talking(tmp_path) as talk:
        for method, params in (("initialize", OLD), ("tools/list", {}), ("tools/list", NEW)):
            talk.ask(method, params)
            assert talk.hear() == {"jsonrpc": "2.0", "id": talk.asked, "result": {"of": method, "said": "a"}}
        talk.ask(*CALL)
        assert talk.hear()["result"]["of"] == "tools/call"
    assert talk.process.returncode == 0


def test_what_the_server_says_anew_is_what_is_said_next_time(tmp_path: Path) -> None:
    learned(tmp_path, "a")
    with talking(tmp_path, "b") as talk:
        talk.ask("tools/list", NEW)
        assert talk.hear()["result"]["said"] == "a"
        talk.ask(*CALL)
        assert talk.hear()["result"]["said"] == "b"
    with talking(tmp_path, "b") as talk:
        talk.ask("tools/list", NEW)
        assert talk.hear()["result"]["said"] == "b"


@pytest.mark.parametrize("spoilt", ["settings", "torn", "empty", "open", "link", "gone", "other"])
def test_a_cache_that_cannot_be_trusted_is_none(tmp_path: Path, spoilt: str) -> None:
    learned(tmp_path)
    path = tmp_path / "c/front.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    match spoilt:
        case "settings":
            (tmp_path / "mcp.yaml").write_text("read_only: true\n")
        case "torn":
            path.write_bytes(path.read_bytes()[:40])
        case "empty":
            path.write_bytes(b"")
        case "open":
            path.chmod(0o666)
        case "link":
            path.rename(tmp_path / "else.json")
            path.symlink_to(tmp_path / "else.json")
        case "gone":
            path.unlink()
        case "other":
            path.write_text('{"stamp": 1, "replies": []}')

    assert front.Cache(str(path), front.stamp(str(tmp_path / "mcp.yaml"))).get("tools/list 2026-07-28") is None
    learned(tmp_path, "b")


def test_who_waits_for_a_server_that_ends_is_told(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        talk.ask("tools/call", {"die": True})
        assert talk.hear() == {"jsonrpc": "2.0", "id": 1, "error": front.ENDED}
        assert talk.process.wait(180) == 3


def test_lists_of_resources_are_kept_too_where_the_server_has_them(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        for method in ("resources/list", "resources/templates/list"):
            talk.ask(method, NEW)
        talk.ask(*CALL)
        for _ in range(3):
            talk.hear()
    cache = front.Cache(str(tmp_path / "c/front.json"), front.stamp(str(tmp_path / "mcp.yaml")))
    assert cache.get("resources/templates/list 2026-07-28")["of"] == "resources/templates/list"
    assert cache.get("resources/list 2026-07-28")


def test_later_pages_and_other_questions_are_never_kept(tmp_path: Path) -> None:
    with talking(tmp_path) as talk:
        for method, params in (("tools/list", {"cursor": "x", **NEW}), ("prompts/list", NEW), CALL):
            talk.ask(method, params)
        for _ in range(3):
            talk.hear()
    assert not (tmp_path / "c/front.json").exists()


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("in the way")
    learned(tmp_path)


def test_what_is_no_message_is_passed_on_as_it_is(tmp_path: Path) -> None:
    read, write = os.pipe()
    with open(read, "rb") as seen, open(write, "wb", buffering=0) as client:
        passing = front.Front(front.Cache(str(tmp_path / "none"), "s"), client, client)  # type: ignore[arg-type]
        for line in (b"no json\n", b"[1]\n", b'{"method": "notifications/x"}\n'):
            passing.from_client(line)
            passing.from_server(line)
            assert [seen.readline(), seen.readline()] == [line, line]


@pytest.mark.parametrize("params", ["[1]", '{"_meta":[1]}', '"text"', "[" * 100_000 + "]" * 100_000])
def test_what_a_client_says_in_another_form_is_for_the_server_to_judge(tmp_path: Path, params: str) -> None:
    heard, sent = io.BytesIO(), io.BytesIO()
    one = front.Front(front.Cache(str(tmp_path / "c/front.json"), "1"), heard, sent)
    line = f'{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{params}}}\n'.encode()

    one.from_client(line)
    one.from_server(b'{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}\n')

    assert sent.getvalue() == line
    assert json.loads(heard.getvalue())["error"]["message"] == "no"


def test_a_server_that_hangs_is_ended_with_its_front_when_it_is_asked_beforehand(tmp_path: Path) -> None:
    hangs = "import sys\nif 'serve' in sys.orig_argv:\n    sys.stdin.read()\n"
    (tmp_path / "sitecustomize.py").write_text(hangs)
    server = McpFront(tmp_path / "front.json", tmp_path / "mcp.yaml", {"PYTHONPATH": str(tmp_path)})

    with pytest.raises(DeadlinePassed, match=r"did not answer within 0\.5s"):
        server.warm(tmp_path, 0.5)
