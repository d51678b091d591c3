"""A tiny forward proxy on loopback: it notes what is asked of it and passes plain HTTP on, or refuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Proxy:
    """What a test sees of it."""

    port: int
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Request lines and headers."""


@asynccontextmanager
async def proxy(status: int = 200) -> AsyncIterator[Proxy]:
    """A proxy; with another status than 200 it refuses everything."""
    made = Proxy(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rest)}
        made.asked.append((first, headers))
        method, target, _ = first.split(" ")
        if status == 200 and method == "POST":
            body = await reader.readexactly(int(headers["content-length"]))
            await _pass_on(target, rest, body, writer)
        else:
            writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


async def _pass_on(url: str, headers: list[str], body: bytes, back: asyncio.StreamWriter) -> None:
    place = urlsplit(url)
    # whatever the name, the provider of these tests is on loopback
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    kept = [row for row in headers if not row.lower().startswith(("proxy-", "connection"))]
    start = f"POST {place.path}?{place.query} HTTP/1.1"
    writer.write("\r\n".join([start, *kept, "Connection: close", "", ""]).encode() + body)
    while chunk := await reader.read(65536):
        back.write(chunk)
        await back.drain()
    writer.close()
