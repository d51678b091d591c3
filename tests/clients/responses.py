"""A scripted model that Codex asks: each request is answered by a step, which sees what the last one gave."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Item = dict[str, Any]
Step = Callable[[Any], Item]
"""From what the last call gave to what the model does next."""

USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 15,
}


class Model:
    """What was asked, and the steps."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = list(steps)
        self.asked: list[Any] = []
        self.given: list[str] = []
        """What each call gave, as the model reads it."""
        self.port = 0

    def answer(self, body: Any) -> Item:
        """What it says to one request."""
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

        def do_GET(self) -> None:
            self._say(b'{"models":[]}', "application/json")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._say(_stream(len(model.asked), model.answer(body)), "text/event-stream")

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


def says(text: str) -> Item:
    """A last word."""
    return {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def calls(tool: str, arguments: Any) -> Item:
    """A call of a tool of ours."""
    told = {"name": tool, "namespace": "mcp__ccorch", "arguments": json.dumps(arguments)}
    return {"type": "function_call", "id": f"f-{tool}", "call_id": f"c-{tool}", **told}


def searches(words: str) -> Item:
    """A look for tools that are not in the prompt."""
    return {
        "type": "tool_search_call",
        "id": "s",
        "call_id": "c-s",
        "execution": "client",
        "arguments": {"query": words},
    }


def scripts(code: str) -> Item:
    """A script that calls tools itself."""
    return {"type": "custom_tool_call", "id": "x", "call_id": "c-x", "name": "exec", "input": code}


def _stream(number: int, item: Item) -> bytes:
    begun = {"id": f"r{number}"}
    told = [
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {**begun, "usage": USAGE}},
    ]
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in told)


def _given(body: Any) -> str | None:
    last = body["input"][-1]
    if last["type"] == "tool_search_output":
        return json.dumps(last["tools"])
    output = last.get("output")
    if isinstance(output, list):
        return "".join(part["text"] for part in output)
    return output if isinstance(output, str) else None


def _data(given: str | None) -> Any:
    """The JSON behind Codex's head of a result; the text where it is none."""
    text = (given or "").partition("Output:\n")[2]
    try:
        return json.loads(text)
    except ValueError:
        return text
