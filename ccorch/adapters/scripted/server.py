"""The scripted provider: a Messages API on loopback that plays scripts instead of thinking."""

import asyncio
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from ccorch.adapters.scripted.play import HTML, Cast, Performance, Query, sse
from ccorch.adapters.scripted.script import ErrorAnswer, Script, Turn, load
from ccorch.rules.budget import tokens_of
from ccorch.schema.ledger import Usage

HOST = "127.0.0.1"
LARGEST_REQUEST = 64 * 1024 * 1024
LOOK = 0.05
"""Seconds between two looks for the file that an answer waits for."""
USUAL_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


@dataclass(frozen=True, slots=True)
class Engagement:
    """A script under a key, with the only token that may hear it."""

    key: str
    role: str
    model: str | None
    token: str
    cast: Cast
    script: Script


class ScriptedProvider:
    """Serves every registered script under `/s/<key>`; `books` gets a line per request of what it billed."""

    def __init__(self, books: Path | None = None) -> None:
        self._books = books
        self._engagements: dict[str, Engagement] = {}
        self._runner: web.AppRunner | None = None
        self._address = (HOST, 0)

    async def start(self, port: int = 0) -> int:
        """Listen, and give back the port."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_post("/s/{key}/v1/messages", self._messages)
        app.router.add_post("/s/{key}/v1/messages/count_tokens", self._count_tokens)
        app.router.add_route("HEAD", "/{path:.*}", self._hello)
        app.router.add_get("/s/{key}/api/hello", self._hello)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port).start()
        self._address = (HOST, int(self._runner.addresses[0][1]))
        return self._address[1]

    async def stop(self) -> None:
        """Stop listening and break off what is being played."""
        if self._runner is not None:
            await self._runner.cleanup()

    def register(
        self,
        key: str,
        script: Script | Path,
        token: str,
        role: str = "default",
        variables: Mapping[str, str] | None = None,
        more_exact: tuple[str, ...] = (),
    ) -> str:
        """Play a script's turns for a role under a key, and give back the base URL.

        `more_exact` are names that come before the role's, such as those of the node and its attempt.

        Registering the same turns again keeps count of the troubles that have happened.
        """
        loaded = load(script) if isinstance(script, Path) else script
        filled = loaded.with_variables(variables or {})
        turns, known = filled.turns_for(*more_exact, role), self._engagements.get(key)
        cast = known.cast if known and known.cast.turns == turns else Cast(turns)
        self._engagements[key] = Engagement(key, role, filled.model, token, cast, filled)
        return self.base_url(key)

    def forget(self, key: str) -> None:
        """Refuse further requests under a key."""
        self._engagements.pop(key, None)

    def base_url(self, key: str) -> str:
        """Where a key is served."""
        return f"http://{self._address[0]}:{self._address[1]}/s/{key}"

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        engagement = self._engagement(request)
        if isinstance(engagement, web.Response):
            return engagement
        query = Query.of(await request.read())
        if query is None:
            return _error(ErrorAnswer(status=400, message="messages, model and max_tokens are required"))
        if refused := _unknown(engagement.script, query):
            self._bill(engagement, query, query.model, Usage(), refused.status, "error")
            return _error(refused)
        turn = engagement.cast.turn(query.position)
        model = turn.served_model or engagement.model or query.model.removesuffix("[1m]")
        await asyncio.sleep(turn.delay)
        if turn.error is not None:
            self._bill(engagement, query, model, Usage(), turn.error.status, "error")
            return _error(turn.error)
        return await self._play(request, engagement, Performance(turn, query, model, engagement.key))

    async def _play(self, request: web.Request, engagement: Engagement, show: Performance) -> web.StreamResponse:
        """Give the answer, and bill it however it ends."""
        ended, usage = "client_closed", None
        try:
            if show.turn.malformed == "html":
                ended, usage = "malformed", Usage()
                return web.Response(body=HTML, content_type="text/html")
            if not show.query.stream:
                await _held(show.turn)
                ended, usage = "finished", show.usage(whole=True)
                return web.json_response(show.message())
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            ended = await self._stream(request, response, show)
            if ended == "finished":
                usage = show.usage(whole=not show.turn.endless)
            return response
        except ConnectionError:
            return response
        finally:
            billed = usage or show.usage(whole=False)
            self._bill(engagement, show.query, show.model, billed, 200, ended)

    async def _stream(self, request: web.Request, response: web.StreamResponse, show: Performance) -> str:
        """Send the turn's events with their pace and trouble, and say how it ended."""
        turn = show.turn
        await response.prepare(request)
        if turn.drop == "after_headers":
            return _dropped(request)
        half = sum(1 for _ in show.events()) // 2 if turn.drop == "mid_text" else None
        for number, (event, size) in enumerate(show.events()):
            if number == half:
                return _dropped(request)
            await response.write(event)
            show.sent += size
            await asyncio.sleep(turn.pace if size else 0)
            if turn.malformed == "bad_json" and size:
                await response.write(b'event: content_block_delta\ndata: {"type": "content_block_delta", {\n\n')
                return "malformed"
        if turn.malformed in ("no_stop", "error_event"):
            error = {"type": "overloaded_error", "message": "scripted error"}
            await response.write(sse("error", error=error) if turn.malformed == "error_event" else b"")
            return "malformed"
        await _held(turn)
        figures, stop = show.ending()
        await response.write(figures)
        if turn.drop == "before_stop":
            return _dropped(request, "finished")
        await response.write(stop)
        return "finished"

    async def _count_tokens(self, request: web.Request) -> web.Response:
        engagement = self._engagement(request)
        if isinstance(engagement, web.Response):
            return engagement
        return web.json_response({"input_tokens": tokens_of(len(await request.read()))})

    async def _hello(self, request: web.Request) -> web.Response:
        return web.Response()

    def _engagement(self, request: web.Request) -> Engagement | web.Response:
        engagement = self._engagements.get(request.match_info["key"])
        if engagement is None:
            return _error(ErrorAnswer(status=404, message="no script is registered under this key"))
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        tokens = (bearer, request.headers.get("x-api-key", ""))
        if not any(hmac.compare_digest(token.encode(), engagement.token.encode()) for token in tokens):
            return _error(ErrorAnswer(status=401, message="invalid token"))
        return engagement

    def _bill(
        self, engagement: Engagement, query: Query, served: str, usage: Usage, status: int, ended: str
    ) -> None:
        if self._books is None:
            return
        line = {
            "at": time.time(),
            "key": engagement.key,
            "role": engagement.role,
            "model": query.model,
            "served_model": served,
            "position": query.position,
            "status": status,
            "ended": ended,
            **usage.model_dump(),
        }
        with self._books.open("a", encoding="utf-8") as books:
            books.write(json.dumps(line) + "\n")


async def _held(turn: Turn) -> None:
    """Wait for the file that lets the answer end."""
    while turn.hold is not None and not Path(turn.hold).exists():
        await asyncio.sleep(LOOK)


def _dropped(request: web.Request, ended: str = "dropped") -> str:
    """Close the connection in the middle of the answer; what was written still arrives."""
    if request.transport is not None:
        request.transport.close()
    return ended


def _unknown(script: Script, query: Query) -> ErrorAnswer | None:
    """The refusal of a request with a feature that the script does not know."""
    field = next((query.features[name] for name in script.refuse_features if name in query.features), None)
    if field is None:
        return None
    return ErrorAnswer(status=400, message=script.refuse_message or f"{field}: Extra inputs are not permitted")


def _error(error: ErrorAnswer) -> web.Response:
    kind = error.type or USUAL_TYPES.get(error.status, "api_error")
    told = {"type": kind, "message": error.message} | ({} if error.code is None else {"code": error.code})
    headers = dict(error.headers)
    match error.retry_after:
        case str(text):
            headers["retry-after"] = text
        case float() | int() as seconds:
            headers["retry-after"] = f"{seconds:g}"
    return web.json_response({"type": "error", "error": told}, status=error.status, headers=headers)
