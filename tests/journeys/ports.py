"""Ports on loopback that note who comes: dead ends for what may leak, and a relay that can hold an answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import urlsplit

from tests.machine import PATIENCE

CREDENTIALS = ("authorization", "x-api-key", "proxy-authorization", "cookie")
"""Headers that may carry one."""
OWN = ("host", "connection", "content-length", "accept-encoding")
"""Headers that belong to one connection."""


@dataclass(frozen=True)
class Heard:
    """A request, header by header as it came in."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def names(self) -> set[str]:
        """Names of its headers."""
        return {name.lower() for name, _ in self.headers}

    @property
    def credentials(self) -> list[tuple[str, str]]:
        """Every header that carries one."""
        return [(name.lower(), value) for name, value in self.headers if name.lower() in CREDENTIALS]

    @property
    def model(self) -> str:
        """The model that is asked for."""
        return str(json.loads(self.body)["model"])

    @property
    def rest(self) -> bytes:
        """Everything but the credentials."""
        told = [f"{name}: {value}" for name, value in self.headers if name.lower() not in CREDENTIALS]
        return "\n".join([self.path, *told]).encode() + self.body


@dataclass
class Port:
    """A port and what it has heard."""

    number: int = 0
    heard: list[Heard] = field(default_factory=list)
    free: int | None = None
    """Requests that are passed on before the gate holds them; None holds none."""
    gate: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.number}"


@contextmanager
def port(upstream: str | None = None, free: int | None = None) -> Iterator[Port]:
    """A relay to another address, or a dead end that refuses for good."""
    opened = Port(free=free)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            opened.heard.append(Heard(self.command, self.path, tuple(self.headers.items()), body))
            if opened.free is not None and len(opened.heard) > opened.free:
                opened.gate.wait(PATIENCE)
            if upstream is None:
                self.send_response(402)
                self.send_header("x-should-retry", "false")
                self.end_headers()
            else:
                _pass_on(self, upstream, body)

        do_GET = do_HEAD = do_PUT = do_CONNECT = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    opened.number = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield opened
    finally:
        opened.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _pass_on(handler: BaseHTTPRequestHandler, upstream: str, body: bytes) -> None:
    """Ask the other address the same, and give back its answer as it comes."""
    target = urlsplit(upstream)
    connection = HTTPConnection(str(target.hostname), target.port, timeout=PATIENCE)
    headers = {name: value for name, value in handler.headers.items() if name.lower() not in OWN}
    try:
        connection.request(handler.command, target.path + handler.path, body, headers)
        answer = connection.getresponse()
        handler.send_response(answer.status)
        handler.send_header("Content-Type", answer.getheader("Content-Type", "application/json"))
        handler.end_headers()
        while part := answer.read1():
            handler.wfile.write(part)
            handler.wfile.flush()
    finally:
        connection.close()
