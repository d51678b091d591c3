"""The daemon's side of its socket: requests of the same user, one JSON line each, answered with one."""

import asyncio
import json
import os
import socket
import struct
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ccorch import __version__
from ccorch.adapters.daemon.ask import INTERNAL, LIMIT, PROTOCOL, too_long
from ccorch.errors import ArgumentInvalid, CcorchError, DaemonUnreachable

ANY_PROTOCOL = ("hello", "drain")
"""Verbs that every ccorch may say to every daemon, so that a newer one can take over."""
LAST_SECONDS = 1.0
"""How long who is in is waited for when the door closes."""
_PIECE = 1 << 16
_WAITING = 100

Answer = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


class Door:
    """Takes requests at the socket until it is closed; whoever came in before is answered."""

    def __init__(self, listening: socket.socket, answer: Answer) -> None:
        self._listening = listening
        self._answer = answer
        self._answering: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(listening, self._let_in)

    async def close(self) -> None:
        """Let nobody in any more and answer who is in; nobody is left waiting at a socket that none reads."""
        self._let_in()
        self._loop.remove_reader(self._listening)
        self._listening.close()
        if self._answering:
            await asyncio.wait(self._answering, timeout=LAST_SECONDS)
        for answering in self._answering:
            answering.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _open_again(self) -> None:
        if self._listening.fileno() >= 0:
            self._loop.add_reader(self._listening, self._let_in)

    def _let_in(self) -> None:
        # not awaited: a cancelled wait may lose a client that was let in already
        while True:
            try:
                link, _ = self._listening.accept()
            except BlockingIOError:
                return
            except OSError as problem:
                print(f"a client cannot be let in: {problem}", flush=True)
                self._loop.remove_reader(self._listening)
                self._loop.call_later(LAST_SECONDS, self._open_again)
                return
            link.setblocking(False)
            answering = self._loop.create_task(_serve(link, self._answer))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)


def listen(path: Path, answer: Answer) -> Door:
    """Serve requests at this path, for processes of the same user only."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    mask = os.umask(0o177)
    try:
        listening.bind(str(path))
        listening.listen(_WAITING)
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(mask)
    return Door(listening, answer)


async def _serve(link: socket.socket, answer: Answer) -> None:
    is_ours = _peer_uid(link) == os.getuid()
    reader, writer = await asyncio.open_unix_connection(sock=link, limit=LIMIT)
    try:
        if is_ours and (reply := await _reply(reader, answer)):
            writer.write(json.dumps(reply, ensure_ascii=False).encode("utf-8", "surrogatepass"))
            await writer.drain()
    except OSError as problem:
        print(f"a client went away: {problem}", flush=True)
    finally:
        writer.close()


async def _reply(reader: asyncio.StreamReader, answer: Answer) -> dict[str, Any] | None:
    try:
        line = await _line(reader)
        if not line:
            return None
        verb, words = _request(line)
        return await answer(verb, words)
    except CcorchError as problem:
        return problem.as_data()
    except OSError:
        raise
    except Exception as bug:  # the asker is told, and the daemon lives on
        traceback.print_exc()
        said = f"a bug in the daemon: {type(bug).__name__}: {bug}"
        hint = "the daemon's log (daemon.log in the state folder) has the traceback"
        return {"error": {"code": INTERNAL, "message": said, "hint": hint, "retryable": False}}


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as problem:
        # read to its end: who is still writing would never see the answer
        while (piece := await reader.read(_PIECE)) and b"\n" not in piece:
            continue
        raise too_long() from problem


def _request(line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        words = json.loads(line)
    except ValueError as problem:
        raise ArgumentInvalid(f"the request is no JSON: {problem}") from problem
    if not isinstance(words, dict) or not isinstance(verb := words.pop("verb", None), str):
        raise ArgumentInvalid("the request names no verb")
    spoken = words.pop("v", None)
    if spoken != PROTOCOL and verb not in ANY_PROTOCOL:
        raise DaemonUnreachable(
            f"this ccorch speaks protocol {spoken} and the daemon (ccorch {__version__}) protocol {PROTOCOL}",
            hint="use one version of ccorch, or end the daemon with `ccorch serve --stop`",
        )
    return verb, words


def _peer_uid(link: socket.socket) -> int:
    credentials = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])
