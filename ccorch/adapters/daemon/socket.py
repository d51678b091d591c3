"""The daemon's side of its socket: requests of the same user, one JSON line each, answered with one."""

import asyncio
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ccorch.adapters.daemon.ask import PROTOCOL
from ccorch.errors import CcorchError, DaemonUnreachable

LIMIT = 64 * 1024 * 1024
"""Longest request and answer in bytes."""

Answer = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


async def listen(path: Path, answer: Answer) -> asyncio.Server:
    """Serve requests at this path, for processes of the same user only."""
    path.unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(lambda r, w: _serve(r, w, answer), path=str(path), limit=LIMIT)
    finally:
        os.umask(mask)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    try:
        if _peer_uid(writer) == os.getuid():
            reply = await _reply(await reader.readline(), answer)
            writer.write(json.dumps(reply, ensure_ascii=False).encode("utf-8", "surrogatepass"))
            await writer.drain()
    except (OSError, ValueError) as problem:
        print(f"a client went away or spoke no JSON: {problem}", flush=True)
    finally:
        writer.close()


async def _reply(line: bytes, answer: Answer) -> dict[str, Any]:
    request = json.loads(line)
    try:
        if request.pop("v", None) != PROTOCOL:
            raise DaemonUnreachable(
                "client and daemon speak different protocols", hint="end it with `ccorch serve --stop`"
            )
        return await answer(request.pop("verb"), request)
    except CcorchError as problem:
        return problem.as_data()


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    link = writer.get_extra_info("socket")
    credentials = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])
