"""A loopback Messages API for a real `claude`: each request is answered by the next scripted reply."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One answer: text and tool calls, or an HTTP error; `hang` keeps the stream open after its first delta."""

    text: str = ""
    tools: tuple[tuple[str, Json], ...] = ()
    status: int = 200
    error: Json = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    model: str | None = None
    hang: bool = False


Script = Callable[[Json, int], Reply]
"""From a request body and its number, from 1, to the answer."""


class Endpoint:
    """What the server saw: bodies and headers, in order."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.closing = threading.Event()
        self.asked = threading.Event()
        self.lock = threading.Lock()
        self.url = ""


@contextmanager
def endpoint(script: Script) -> Iterator[Endpoint]:
    """Serve the script on a free loopback port while the block runs."""
    seen = Endpoint(script)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(seen))
    server.daemon_threads = True
    seen.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield seen
    finally:
        seen.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(seen: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._head(200, "text/plain")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with seen.lock:
                seen.requests.append(body)
                seen.headers.append({name.lower(): value for name, value in self.headers.items()})
                number = len(seen.requests)
            seen.asked.set()
            reply = seen.script(body, number)
            try:
                self._answer(body["model"], number, reply)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _answer(self, model: str, number: int, reply: Reply) -> None:
            if reply.status != 200:
                self._head(reply.status, "application/json", reply.headers)
                self.wfile.write(json.dumps({"type": "error", "error": reply.error}).encode())
                return
            self._head(200, "text/event-stream")
            for event in _events(reply.model or model, number, reply):
                self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
                self.wfile.flush()
                if reply.hang and event["type"] == "content_block_delta":
                    seen.closing.wait(180)
                    return

        def _head(self, status: int, kind: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
            self.send_response(status)
            for name, value in (("content-type", kind), ("connection", "close"), *headers):
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler


def _events(model: str, number: int, reply: Reply) -> Iterator[Json]:
    usage = {"input_tokens": 10, "output_tokens": 1}
    message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": model, "content": []}
    yield {"type": "message_start", "message": {**message, "stop_reason": None, "usage": usage}}
    for index, (block, delta) in enumerate(_blocks(number, reply)):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    reason = "tool_use" if reply.tools else "end_turn"
    yield {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 7}}
    yield {"type": "message_stop"}


def _blocks(number: int, reply: Reply) -> Iterator[tuple[Json, Json]]:
    if reply.text:
        yield {"type": "text", "text": ""}, {"type": "text_delta", "text": reply.text}
    for place, (tool, arguments) in enumerate(reply.tools):
        call = {"type": "tool_use", "id": f"toolu_{number}_{place}", "name": tool, "input": {}}
        yield call, {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
