"""Answers that the gateway gives itself, in the provider's own shapes."""

import json

from aiohttp import web

NO_RETRY = {"x-should-retry": "false"}


def refusal(status: int, kind: str, message: str, *, may_retry: bool = False) -> web.Response:
    """An error as the provider would shape it; unless it may be retried, the client is told not to."""
    body = {"type": "error", "error": {"type": kind, "message": message}}
    headers = {} if may_retry else NO_RETRY
    return web.json_response(body, status=status, headers=headers)


def farewell(open_block: tuple[int, str] | None, output: int) -> bytes:
    """What ends a stream early so that the client keeps the text and runs no half tool call.

    Only text is closed. A tool call that is closed would be run by the client, even when we ended it.
    """
    events: list[tuple[str, dict[str, object]]] = []
    if open_block and open_block[1] == "text":
        events.append(("content_block_stop", {"index": open_block[0]}))
    delta = {"stop_reason": "max_tokens", "stop_sequence": None}
    events.append(("message_delta", {"delta": delta, "usage": {"output_tokens": output}}))
    events.append(("message_stop", {}))
    return b"".join(sse(name, data) for name, data in events)


def sse(name: str, data: dict[str, object]) -> bytes:
    """One event of a stream."""
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()
