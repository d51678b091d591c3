"""The MCP server over HTTP: on this machine alone, for who knows the token; the SDK looks at Host and Origin."""

import asyncio
import hmac
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from ccorch.frontends.mcp.server import Server

HOST = "127.0.0.1"
PATH = "/mcp"
REFUSED = b'{"error":"give the token as Authorization: Bearer TOKEN"}'

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def serve(server: Server, listening: socket.socket, tell: Callable[[str, str], Path]) -> int:
    """Serve until told to end; `tell` writes address and token down before the first request is taken."""
    import uvicorn

    token = secrets.token_urlsafe(32)
    address = f"http://{HOST}:{listening.getsockname()[1]}{PATH}"
    app = guarded(server.streamable_http_app(streamable_http_path=PATH, host=HOST), token)
    place = tell(address, token)
    print(f"serving MCP at {address}; the token lies in {place}; Ctrl-C ends it", flush=True)
    running = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    asyncio.run(running.serve(sockets=[listening]))
    return 0


def guarded(app: App, token: str) -> App:
    """The same for requests with the token alone."""
    wanted = f"Bearer {token}".encode()

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not hmac.compare_digest(_said(scope), wanted):
            head = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
            await send({"type": "http.response.start", "status": 401, "headers": head})
            await send({"type": "http.response.body", "body": REFUSED})
            return
        await app(scope, receive, send)

    return ask


def _said(scope: Scope) -> bytes:
    return next((bytes(value) for name, value in scope["headers"] if name == b"authorization"), b"")
