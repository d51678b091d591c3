"""What scripted models share, whoever asks them: steps that answer turn by turn, and a server on loopback."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = Callable[[Any], dict[str, Any]]
"""From what the last call gave to what the model does next."""


class Model:
    """What was asked, and the steps."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = list(steps)
        self.asked: list[Any] = []
        """Bodies of the turns that a step has answered."""
        self.given: list[str] = []
        """What each call gave, as the model reads it."""
        self.port = 0
        self._lock = threading.Lock()

    def step(self, body: Any, given: str | None, data: Any) -> dict[str, Any]:
        """What the next step says to a turn in which the last call gave this, and this as data."""
        with self._lock:
            if given is not None:
                self.given.append(given)
            step = self.steps[min(len(self.asked), len(self.steps) - 1)]
            self.asked.append(body)
            return step(data)


class Handler(BaseHTTPRequestHandler):
    """Reads and answers JSON, and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *words: Any) -> None:
        """Nothing."""

    def body(self) -> Any:
        """What was sent."""
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def say(self, content: bytes, kind: str) -> None:
        """Answer with this."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def events(told: Sequence[dict[str, Any]]) -> bytes:
    """Server-sent events, each named by its type."""
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in told)


@contextmanager
def served(handler: type[Handler]) -> Iterator[int]:
    """The port at which it answers while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(180)
