"""The least Messages API that satisfies a real `claude`: a loopback server that streams scripted turns."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
Script = Callable[[Json], Json]
"""From a request body to one content block: {"text": …} or {"tool": …, "input": {…}}; "hang" keeps it open."""


class MessagesApi:
    """A running server: where it listens and which request bodies it has seen."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Json] = []
        self.closing = threading.Event()
        self.asked = threading.Event()
        self.url = ""


@contextmanager
def messages_api(script: Script) -> Iterator[MessagesApi]:
    """Serve `script` on a free loopback port while the block runs."""
    api = MessagesApi(script)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        api.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def last_words(body: Json) -> str:
    """The newest user text of a request, reminders left out."""
    content = next(m["content"] for m in reversed(body["messages"]) if m["role"] == "user")
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content if part["type"] == "text")


def answers_a_tool(body: Json) -> bool:
    """Whether the newest user message carries the result of a tool."""
    content = next(m["content"] for m in reversed(body["messages"]) if m["role"] == "user")
    return not isinstance(content, str) and any(part["type"] == "tool_result" for part in content)


def _handler(api: MessagesApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._head("text/plain")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if "count_tokens" in self.path:
                self._head("application/json")
                self.wfile.write(b'{"input_tokens": 1}')
                return
            api.requests.append(body)
            api.asked.set()
            self._head("text/event-stream")
            try:
                self._stream(body, api.script(body))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _head(self, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("connection", "close")
            self.end_headers()

        def _stream(self, body: Json, reply: Json) -> None:
            for event in _events(body["model"], reply):
                self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
                self.wfile.flush()
                if reply.get("hang") and event["type"] == "content_block_delta":
                    api.closing.wait(180)
                    return

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler


def _events(model: str, reply: Json) -> Iterator[Json]:
    tool = "tool" in reply
    block: Json = {"type": "text", "text": ""}
    delta: Json = {"type": "text_delta", "text": reply.get("text", "")}
    if tool:
        block = {
            "type": "tool_use",
            "id": f"toolu_{abs(hash(json.dumps(reply)))}",
            "name": reply["tool"],
            "input": {},
        }
        delta = {"type": "input_json_delta", "partial_json": json.dumps(reply["input"])}
    usage = {"input_tokens": 10, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    yield {
        "type": "message_start",
        "message": {**message, "stop_reason": None, "stop_sequence": None, "usage": usage},
    }
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    reason = "tool_use" if tool else "end_turn"
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": None},
        "usage": {"output_tokens": 7},
    }
    yield {"type": "message_stop"}
