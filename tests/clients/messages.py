"""A scripted model that Claude Code asks: each turn is answered by a step, which sees what the last call gave."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

Block = dict[str, Any]
Step = Callable[[Any], Block]


class Model:
    """What was asked, and the steps."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = list(steps)
        self.asked: list[Any] = []
        """Bodies of the turns that offered our tools."""
        self.given: list[str] = []
        self.port = 0
        self._lock = threading.Lock()

    def answer(self, body: Any) -> Block:
        """What it says; other requests of the client, such as for a title, are answered with a word."""
        if "mcp__ccorch" not in json.dumps([tool.get("name") for tool in body.get("tools", ())]):
            return says("ok")
        with self._lock:
            given = _given(body)
            if given is not None:
                self.given.append(given)
            step = self.steps[min(len(self.asked), len(self.steps) - 1)]
            self.asked.append(body)
            return step(_data(given))


@contextmanager
def asked(steps: Sequence[Step]) -> Iterator[Model]:
    """Serve on loopback while the block runs."""
    model = Model(steps)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *words: Any) -> None:
            return

        def do_HEAD(self) -> None:
            self._say(b"", "text/plain")

        def do_GET(self) -> None:
            self._say(b"{}", "application/json")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.partition("?")[0].endswith("count_tokens"):
                self._say(b'{"input_tokens":10}', "application/json")
            else:
                block = model.answer(body)
                if body.get("stream"):
                    self._say(_stream(block), "text/event-stream")
                else:
                    self._say(_whole(block), "application/json")

        def _say(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    model.port = server.server_port
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def says(text: str) -> Block:
    """A last word."""
    return {"type": "text", "text": text}


def calls(tool: str, arguments: Any) -> Block:
    """A call of a tool of ours."""
    return {"type": "tool_use", "id": f"toolu_{tool}", "name": f"mcp__ccorch__{tool}", "input": arguments}


USAGE = {"input_tokens": 10, "output_tokens": 5}
_numbers = count(1)


def _head() -> dict[str, Any]:
    # the client joins messages of one id
    told = {"type": "message", "role": "assistant", "model": "scripted", "stop_sequence": None}
    return {"id": f"msg_{next(_numbers)}", **told, "usage": USAGE}


def _whole(block: Block) -> bytes:
    return json.dumps({**_head(), "content": [block], "stop_reason": _reason(block)}).encode()


def _stream(block: Block) -> bytes:
    empty = {**block, "input": {}} if block["type"] == "tool_use" else {**block, "text": ""}
    delta = (
        {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        if block["type"] == "tool_use"
        else {"type": "text_delta", "text": block["text"]}
    )
    told = [
        {"type": "message_start", "message": {**_head(), "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": _reason(block)}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in told)


def _reason(block: Block) -> str:
    return "tool_use" if block["type"] == "tool_use" else "end_turn"


def _given(body: Any) -> str | None:
    """The latest result of a call, wherever the client's own remarks stand."""
    for message in reversed(body["messages"]):
        content = message["content"] if message["role"] == "user" else ()
        for block in reversed(content) if isinstance(content, list) else ():
            if block.get("type") == "tool_result":
                told = block["content"]
                return told if isinstance(told, str) else "".join(part.get("text", "") for part in told)
    return None


def _data(given: str | None) -> Any:
    try:
        return json.loads(given or "")
    except ValueError:
        return given
