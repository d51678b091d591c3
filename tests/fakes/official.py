"""A fake of Anthropic's own address: a proxy on loopback that answers for it and leads nowhere else."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import trustme

from tests.canaries import canary

NO_MORE: Mapping[str, str] = {}
HOST = "api.anthropic.com"
BEARER = canary("login-access")
"""The access token of the fake login."""
REFRESH = canary("login-refresh")
"""Its refresh token, which nobody may need."""


@dataclass(frozen=True)
class Turn:
    """What the model answers once: text, or a call of a tool."""

    text: str = "done"
    tool: tuple[str, dict[str, Any]] | None = None
    usage: tuple[int, int, int, int] = (10, 5, 0, 0)
    """Input, output, cache read and cache write tokens."""
    model: str | None = None
    """Model that answers; null is the one that was asked for."""


@dataclass(frozen=True)
class Refusal:
    """What is answered once instead of a turn."""

    status: int
    kind: str
    words: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """More of them, such as which of the plan's limits is used up."""


@dataclass
class Official:
    """Who came and what they asked; `environment` is what leads a caller here."""

    port: int
    authority: Path
    turns: Sequence[Turn]
    heard: list[dict[str, Any]] = field(default_factory=list)
    """Requests to the fake address: method, path, headers in lower case, model and number of messages."""
    refused: list[str] = field(default_factory=list)
    """Other addresses that somebody asked for."""
    refusals: list[Refusal] = field(default_factory=list)
    """What the next requests to models are answered with, before any turn."""
    lock: Lock = field(default_factory=Lock)
    hold: Callable[[int], object] = lambda answers: None
    """Called before a message is answered, with the number of answers in its conversation."""

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a caller who reaches the world through this proxy."""
        url = f"http://127.0.0.1:{self.port}"
        return {"HTTPS_PROXY": url, "HTTP_PROXY": url, "NODE_EXTRA_CA_CERTS": str(self.authority)}

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The requests to models."""
        return [request for request in self.heard if request["path"].startswith("/v1/messages?")]


@contextmanager
def official(folder: Path, turns: Sequence[Turn] = (Turn(),)) -> Iterator[Official]:
    """Serve the fake while the block runs; a conversation with n answers so far gets the n-th turn."""
    authority = trustme.CA()
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    fake = Official(server.server_address[1], path, turns)
    server.RequestHandlerClass = _handler(fake, context)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def login(folder: Path) -> Path:
    """The config folder of somebody who has logged in; its credentials are made up."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {
        "accessToken": BEARER,
        "refreshToken": REFRESH,
        "expiresAt": 4_102_444_800_000,
        "scopes": ["user:inference", "user:profile"],
        "subscriptionType": "max",
    }
    path = folder / ".credentials.json"
    path.write_text(json.dumps({"claudeAiOauth": known}))
    path.chmod(0o600)
    return folder


def _handler(fake: Official, context: ssl.SSLContext) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            if self.path != f"{HOST}:443":
                self._refuse()
                return
            self.send_response(200)
            self.end_headers()
            try:
                self.connection = context.wrap_socket(self.connection, server_side=True)
            except OSError:
                self.close_connection = True
                return
            self.close_connection = False
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", buffering=0)

        def finish(self) -> None:
            super().finish()
            self.connection.close()

        def do_POST(self) -> None:
            if not isinstance(self.connection, ssl.SSLSocket):
                self._refuse()
                return
            asked = self._asked()
            if self.path.startswith("/v1/messages?"):
                self._stream(asked)
            else:
                self._say(404, b"{}")

        do_GET = do_HEAD = do_PUT = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _refuse(self) -> None:
            with fake.lock:
                fake.refused.append(f"{self.command} {self.path}")
            self.close_connection = True
            self._say(403, b"")

        def _asked(self) -> dict[str, Any]:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            asked = json.loads(body) if body.startswith(b"{") else {}
            headers = {name.lower(): value for name, value in self.headers.items()}
            about = {"method": self.command, "path": self.path, "headers": headers, "body": asked}
            with fake.lock:
                fake.heard.append(about)
            return asked

        def _stream(self, asked: dict[str, Any]) -> None:
            answers = sum(message["role"] == "assistant" for message in asked["messages"])
            fake.hold(answers)
            with fake.lock:
                refusal = fake.refusals.pop(0) if fake.refusals else None
            if refusal is not None:
                error = {"type": "error", "error": {"type": refusal.kind, "message": refusal.words}}
                self._say(refusal.status, json.dumps(error).encode(), more=refusal.headers)
                return
            turn = fake.turns[min(answers, len(fake.turns) - 1)]
            self._say(200, _events(turn, f"msg_{answers}", turn.model or asked["model"]), "text/event-stream")

        def _say(
            self, status: int, content: bytes, kind: str = "application/json", more: Mapping[str, str] = NO_MORE
        ) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    return Handler


def _events(turn: Turn, name: str, model: str) -> bytes:
    read, out, cached, stored = turn.usage
    usage = {
        "input_tokens": read,
        "output_tokens": 1,
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": stored,
    }
    about = {"id": name, "type": "message", "role": "assistant", "model": model, "content": [], "usage": usage}
    blocks = [({"type": "text", "text": ""}, {"type": "text_delta", "text": turn.text})]
    if turn.tool:
        tool, arguments = turn.tool
        call = {"type": "tool_use", "id": f"tool_{name}", "name": tool, "input": {}}
        blocks.append((call, {"type": "input_json_delta", "partial_json": json.dumps(arguments)}))
    events: list[dict[str, Any]] = [{"type": "message_start", "message": about}]
    for index, (block, delta) in enumerate(blocks):
        events += [
            {"type": "content_block_start", "index": index, "content_block": block},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    stop = {"stop_reason": "tool_use" if turn.tool else "end_turn"}
    events += [
        {"type": "message_delta", "delta": stop, "usage": {**usage, "output_tokens": out}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
