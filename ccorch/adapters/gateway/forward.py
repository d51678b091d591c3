"""Forwarding: which headers go where, and the one POST to a provider."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientTimeout, web
from multidict import CIMultiDict
from yarl import URL

from ccorch.adapters.gateway.seat import Seat

HOP_BY_HOP = frozenset(
    [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)
NOT_UPSTREAM = HOP_BY_HOP | frozenset(
    [
        "authorization",
        "x-api-key",
        "host",
        "content-length",
        "content-encoding",
        "accept-encoding",
        "cookie",
        "expect",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
    ]
)
NOT_DOWNSTREAM = HOP_BY_HOP | frozenset(
    ["content-length", "content-encoding", "set-cookie", "location", "server", "date", "alt-svc"]
)
# no limit on reading: a model may think for minutes before it says anything
PATIENCE = ClientTimeout(total=None, sock_connect=30)


@asynccontextmanager
async def post(
    session: ClientSession, seat: Seat, request: web.Request, body: bytes
) -> AsyncIterator[ClientResponse]:
    """Send a worker's request to its seat's provider, with the real credential instead of the worker's."""
    headers = passed(request.headers, NOT_UPSTREAM)
    headers["Accept-Encoding"] = "identity"
    headers.update(seat.headers)
    headers.update(seat.credential())
    url = _url(seat, request)
    asking = session.post(
        url,
        data=body,
        headers=headers,
        allow_redirects=False,
        timeout=PATIENCE,
        proxy=seat.proxy,
        ssl=seat.certificates or True,
    )
    del body  # sent by then, and the answer may take minutes
    async with asking as response:
        yield response


async def body_of(request: web.Request, most: int) -> bytes:
    """The body of a worker's request, which the request itself does not keep; raises when it is larger."""
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > most:
            raise web.HTTPRequestEntityTooLarge(most)
    return bytes(body)


def passed(headers: Mapping[str, str], dropped: frozenset[str]) -> CIMultiDict[str]:
    """The headers that go on: none of the dropped, none that the connection keeps for itself."""
    own = {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    kept = ((name, value) for name, value in headers.items() if name.lower() not in dropped | own)
    return CIMultiDict(kept)


def error_type(body: bytes) -> str:
    """The kind of error that a provider's body names, or api_error."""
    error = table(body).get("error")
    kind = error.get("type") if isinstance(error, dict) else None
    return kind if isinstance(kind, str) else "api_error"


def table(body: bytes) -> dict[str, Any]:
    """A body's JSON object, or an empty one if it is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _url(seat: Seat, request: web.Request) -> URL:
    query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
    return URL(f"{seat.base_url.rstrip('/')}/{request.match_info['path']}{query}", encoded=True)
