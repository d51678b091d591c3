"""What a server's owner says of it holds, and what happens to a server and its calls loses nothing of a run."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.journeys.kit import PLAIN, events, held, let_go, submit
from tests.journeys.test_mcp import talk
from tests.journeys.test_steering import ASKS, waiting, workflow
from tests.machine import Command, Machine, until

BEGIN = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "wire", "version": "1"}}
CONFINED = {"x-codex-turn-metadata": {"sandbox_mode": "read-only"}}


class Wire:
    """A client that says each line itself."""

    def __init__(self, server: Command) -> None:
        self.server = server
        self.asked = 0

    def ask(self, method: str, params: Any) -> int:
        """Ask, and wait for no answer; the question's number."""
        self.asked += 1
        self.tell(method, params, {"id": self.asked})
        return self.asked

    def tell(self, method: str, params: Any, more: Any = None) -> None:
        """Say it."""
        said = {"jsonrpc": "2.0", "method": method, "params": params, **(more or {})}
        self.line(json.dumps(said).encode())

    def line(self, said: bytes) -> None:
        """Say it as it stands."""
        assert self.server.stdin is not None
        self.server.stdin.write(said + b"\n")
        self.server.stdin.flush()

    def answer(self, number: int) -> Any:
        """What is said to that question; answers to others are passed over."""
        return self.reply(number)["result"]

    def reply(self, number: Any) -> Any:
        """The same with all that stands around it."""
        assert self.server.stdout is not None
        for line in self.server.stdout:
            said = json.loads(line)
            if said.get("id") == number:
                return said
        raise AssertionError(f"the server ended without an answer to {number}")

    def begin(self, tool: str, words: Any, meta: Any = None) -> int:
        """Call a tool, and wait for no answer."""
        about = {"_meta": meta} if meta else {}
        return self.ask("tools/call", {"name": tool, "arguments": words, **about})

    def call(self, tool: str, words: Any, meta: Any = None) -> Any:
        """What a tool gives as data."""
        return self.answer(self.begin(tool, words, meta))["structuredContent"]

    def names(self) -> set[str]:
        """Tools that are offered."""
        return {tool["name"] for tool in self.answer(self.ask("tools/list", {}))["tools"]}


@contextmanager
def wired(box: Machine) -> Iterator[Wire]:
    """A server of this machine that has begun; it is killed at the end, whatever it does."""
    with box.start("mcp", "serve", stdin=b"") as server:
        wire = Wire(server)
        assert wire.answer(wire.ask("initialize", BEGIN))
        wire.tell("notifications/initialized", {})
        try:
            yield wire
        finally:
            server.kill()


def test_neither_a_cancelled_wait_nor_a_killed_server_loses_news_of_workers(box: Machine) -> None:
    run = submit(box, workflow(box, ASKS, "asks"), *PLAIN, held(box), "task=z")
    with wired(box) as wire:
        news = {"run": run, "until": "change", "timeout": 180}
        first = wire.call("run_wait", {**news, "cursor": 0})
        taken_back = wire.begin("run_wait", {"run": run, "until": "done", "timeout": 200})
        assert wire.call("run_get", {"run": run}), "what came before it has begun"
        wire.tell("notifications/cancelled", {"requestId": taken_back})
        let_go(box)
        until(lambda: waiting(box).get("sure", {}).get("why") == "answer")
        again = wire.call("run_wait", {**news, "cursor": first["cursor"]})
        wire.begin("run_wait", {"run": run, "cursor": again["cursor"], "timeout": 200})
    assert box.json("show", run)["status"] == "running"

    _, _, rest, judged = talk(
        box,
        ("run_control", {"run": run, "action": "answer", "node": "sure", "text": "yes"}),
        ("run_wait", {**news, "until": "done", "cursor": again["cursor"]}),
        ("run_verify", {"run": run}),
    )

    assert (rest[1]["status"], judged[1]["judgement"]) == ("done", "pass")
    told = [event["seq"] for reply in (first, again, rest[1]) for event in reply["events"]]
    assert told == list(range(1, len(events(box, run)) + 1))
    (noted,) = (box.state / "mcp").glob("*.ndjson")
    assert ["run_wait", "CANCELLED"] in [
        [call["tool"], call["answer"]] for call in map(json.loads, noted.read_text().splitlines())
    ]


HALF = rb'{"jsonrpc":"2.0","id":71,"method":"tools/call","params":{"name":"plan","arguments":{"task":"\ud83d"}}}'
DIGITS = b'{"jsonrpc":"2.0","id":75,"method":"tools/call","params":{"name":"run_get","arguments":{"cursor":%s}}}'
NO_OBJECT = b'{"jsonrpc":"2.0","id":"72","method":"tools/call","params":["plan"]}'
NO_VERSION = b'{"id":73,"method":"tools/list"}'
TOO_DEEP = b'{"jsonrpc":"2.0","id":74,"method":"ping","params":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
NO_MESSAGES = (
    *(b"nonsense", b"[]", b"7", b"\xff\x00", b"", b'{"jsonrpc":"2.0"}'),
    *(TOO_DEEP, HALF.replace(b"71", rb'"\ud83d"')),
)


def test_who_asks_in_words_that_cannot_be_read_is_told_so_and_the_next_is_answered(box: Machine) -> None:
    with wired(box) as wire:
        for line in NO_MESSAGES:
            wire.line(line)
        huge = DIGITS % (b"9" * 5_000)
        for line, number, code in (
            *((HALF, 71, -32700), (huge, 75, -32700)),
            *((NO_OBJECT, "72", -32600), (NO_VERSION, 73, -32600)),
        ):
            wire.line(line)
            told = wire.reply(number)["error"]
            assert (told["code"], "cannot be read" in told["message"]) == (code, True), told
        assert "plan" in wire.names()


def test_a_server_that_hangs_is_ended_once_it_may_take_no_longer_to_warm_up(box: Machine) -> None:
    hangs = "import sys\nif 'serve' in sys.orig_argv:\n    sys.stdin.read()\n"
    (box.root / "sitecustomize.py").write_text(hangs)
    assert box.json("mcp", "warm")["kept"]

    box.extra["PYTHONPATH"] = str(box.root)
    said = box.ccorch("mcp", "warm", "--timeout", "0.5")

    assert (said.status, "did not answer within 0.5s, and was ended" in said.err) == (6, True), said
    assert until(lambda: not box.processes())


def test_what_the_owner_says_in_mcp_yaml_holds_for_whoever_calls(box: Machine) -> None:
    settings = box.config / "mcp.yaml"
    wish = {"overlay": {"set": {"profile": "scripted"}}, "task": "x"}

    settings.write_text("read_only: true\ntoolsets: [core, ops]\nextras: [resources]\n")
    with wired(box) as wire:
        names = wire.names()
        assert names >= {"plan", "run_wait", "usage", "run_scan"}
        assert not names & {"run_submit", "run_control", "run_decide", "run_verify", "queue_move"}
        refused = wire.call("run_submit", wish)["error"]
        assert (refused["code"], "run_submit" in refused["message"]) == ("ARG_INVALID", True)
        runs = wire.answer(wire.ask("resources/read", {"uri": "ccorch://runs"}))["contents"][0]
        assert json.loads(runs["text"])["runs"] == []

    settings.write_text("tools: [plan, run_list]\nclient_sandbox: ignore\n")
    (box.config / "ceiling.yaml").write_text("write_from_mcp: true\n")
    writes = {"overlay": {"groups": {"role": "development"}, "set": {"profile": "scripted", "policy.write": True}}}
    with wired(box) as wire:
        assert wire.names() == {"plan", "run_list"}
        assert wire.call("run_submit", wish)["error"]["code"] == "ARG_INVALID"
        assert wire.call("plan", {**writes, "task": "x"}, CONFINED)["plan_id"]

    settings.write_text("client_sandbox: cap\n")
    with wired(box) as wire:
        capped = wire.call("run_submit", {**writes, "task": "x"}, CONFINED)["error"]
        assert (capped["code"], capped["keys"]) == ("CONFIG_FORBIDDEN", ["policy.write"])
    assert not (box.project / ".agent-workspace").exists()
