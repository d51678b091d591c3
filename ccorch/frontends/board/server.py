"""The board's server: three files, the streams of news, texts in pieces, and the verbs that steer."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import ValidationError

from ccorch.errors import ArgumentInvalid, CcorchError
from ccorch.frontends.board.channel import Channel
from ccorch.frontends.board.guard import HEADERS, OPEN, Guard, Refusal
from ccorch.frontends.board.room import Room
from ccorch.frontends.board.words import as_json
from ccorch.operations.registry import BY_NAME

if TYPE_CHECKING:
    from ccorch.operations.house import House

PAGE = Path(__file__).with_name("page")
FILES = dict(zip(OPEN, ("index.html", "board.css", "board.js"), strict=True))
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
STEERS = ("answer", "stop", "pause", "resume", "retry", "send")
"""Verbs that change something."""

STATUS = {2: 400, 3: 403, 4: 404, 5: 409}
"""HTTP status by the exit status of an error."""

LARGEST_BODY = 1 << 16
GUARD = web.AppKey("guard", Guard)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(open_house: Callable[[], House], place: socket.socket, tell: Callable[[str], None]) -> int:
    """Serve until somebody ends it; `tell` is given the address with its token once it answers."""
    asyncio.run(_serve(open_house, place, tell))
    return 0


async def _serve(open_house: Callable[[], House], place: socket.socket, tell: Callable[[str], None]) -> None:
    room, over = Room(open_house), asyncio.Event()
    guard = Guard(secrets.token_urlsafe(32), place.getsockname()[1])
    app = application(room, open_house, guard)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    await runner.setup()
    try:
        await web.SockSite(runner, place).start()
        tell(f"http://{guard.hosts[0]}/#token={guard.token}")
        await over.wait()
    finally:
        room.close()
        await runner.cleanup()


def application(room: Room, open_house: Callable[[], House], guard: Guard) -> web.Application:
    """All that is answered."""
    app = web.Application(middlewares=[_guarded], client_max_size=LARGEST_BODY)
    app[GUARD] = guard
    doors = _Doors(room, open_house)
    for path, name in FILES.items():
        app.router.add_get(path, _file((PAGE / name).read_bytes(), TYPES[Path(name).suffix]))
    run = "/api/runs/{run:[0-9a-f]{16}}"
    attempt = run + "/nodes/{node}/{attempt:[1-9][0-9]{0,5}}"
    app.router.add_get("/api/runs", doors.runs)
    app.router.add_get("/api/queue", doors.queue)
    app.router.add_get(run, doors.run)
    app.router.add_get(attempt, doors.node)
    app.router.add_get(attempt + "/{text:[a-z]+}", doors.text)
    for verb in STEERS:
        app.router.add_post(f"{run}/{verb}", doors.steering(verb))
    return app


class _Doors:
    """One method for each thing that can be asked."""

    def __init__(self, room: Room, open_house: Callable[[], House]) -> None:
        self._room = room
        self._open_house = open_house

    async def runs(self, request: web.Request) -> web.StreamResponse:
        return await _stream(request, self._room.runs())

    async def run(self, request: web.Request) -> web.StreamResponse:
        return await _stream(request, self._room.run(request.match_info["run"]))

    async def queue(self, request: web.Request) -> web.StreamResponse:
        return _answered(await self._room.queue())

    async def node(self, request: web.Request) -> web.StreamResponse:
        run, node, attempt = _attempt(request)
        return _answered(await self._room.do(lambda: as_json(self._room.board.node(run, node, attempt))))

    async def text(self, request: web.Request) -> web.StreamResponse:
        what, start = request.match_info["text"], request.query.get("from", "0")
        if not start.isdecimal() or len(start) > 15:
            raise ArgumentInvalid(f"from={start[:40]!r} is no byte of a text")
        piece = await self._room.do(lambda: self._room.board.text(*_attempt(request), what, int(start)))
        return _answered(as_json({} if piece is None else piece))

    def steering(self, name: str) -> Handler:
        """A door through which a verb is done, in a house of its own: it may wait for the daemon."""
        verb = BY_NAME[name]

        async def steer(request: web.Request) -> web.StreamResponse:
            try:
                asked = verb.request(**{**await _body(request), "run": request.match_info["run"]})
            except ValidationError as problem:
                first = problem.errors(include_url=False)[0]
                raise ArgumentInvalid(f"{first['loc'][0] if first['loc'] else name}: {first['msg']}") from None
            return _answered(as_json(await asyncio.to_thread(lambda: verb.do(self._open_house(), asked))))

        return steer


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    refusal = request.app[GUARD].refusal(request.method, request.path, request.headers)
    if refusal is not None:
        return _refused(refusal)
    try:
        return await handler(request)
    except CcorchError as problem:
        return _answered(as_json(problem.as_data()), STATUS.get(problem.exit_status, 500))
    except web.HTTPException as problem:
        return _refused(Refusal(problem.status, "NOT_ANSWERED", problem.reason))


async def _stream(request: web.Request, channel: Channel) -> web.StreamResponse:
    """Send what comes on a channel; whoever leaves is forgotten."""
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
    with suppress(ConnectionResetError):
        async with aclosing(channel.listen()) as parts:
            async for part in parts:
                if not response.prepared:
                    await response.prepare(request)
                await response.write(part)
    return response


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except (ValueError, RecursionError) as problem:
        raise ArgumentInvalid("the request is no JSON, or nested too deeply") from problem
    if not isinstance(body, dict):
        raise ArgumentInvalid("the request is no JSON object")
    return body


def _attempt(request: web.Request) -> tuple[str, str, int]:
    found = request.match_info
    return found["run"], found["node"], int(found["attempt"])


def _answered(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="application/json", headers=HEADERS)


def _refused(refusal: Refusal) -> web.Response:
    told = {"code": refusal.code, "message": refusal.message, "hint": refusal.hint}
    return _answered(as_json({"error": told}), refusal.status)


def _file(content: bytes, kind: str) -> Handler:
    async def give(request: web.Request) -> web.StreamResponse:
        return web.Response(body=content, content_type=kind, charset="utf-8", headers=HEADERS)

    return give
