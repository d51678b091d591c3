"""The gateway: a loopback server between every worker and its provider, where money is reserved and metered."""

import time
from collections.abc import Callable, Collection
from dataclasses import replace

from aiohttp import ClientError, ClientHttpProxyError, ClientSession, DummyCookieJar, TCPConnector, web

from ccorch.adapters.gateway.accounts import Accounts, OnClosed, OnLine, local_offset
from ccorch.adapters.gateway.answers import refusal
from ccorch.adapters.gateway.ask import Ask, AskInvalid
from ccorch.adapters.gateway.booking import Booking, Client
from ccorch.adapters.gateway.exchange import Exchange, Listeners
from ccorch.adapters.gateway.forward import NOT_DOWNSTREAM, body_of, passed, post
from ccorch.adapters.gateway.meter import Meter
from ccorch.adapters.gateway.seat import Seat
from ccorch.adapters.ledger_file import LedgerFile
from ccorch.errors import WorkspaceUnwritable
from ccorch.rules.budget import Amount, Balance, Pool, Refusal
from ccorch.schema.ledger import LedgerLine

LARGEST_REQUEST = 64 * 1024 * 1024
BACKLOG = 128
RETURN_SECONDS = 30.0
"""How long after its start a gateway does not judge unknown seats: workers that live on may not be known yet."""

SILENT = Listeners()
"""Nobody listens."""


class Gateway:
    """Seats, pools and the server; one lives in the daemon's event loop."""

    def __init__(
        self,
        ledger: LedgerFile,
        clock: Callable[[], float] = time.time,
        *,
        on_line: OnLine = lambda line, ahead: None,
        listeners: Listeners = SILENT,
        before_request: Callable[[], None] = lambda: None,
        utc_offset: Callable[[float], int] = local_offset,
    ) -> None:
        """`before_request` may change limits before a request is judged by them."""
        self._clock = clock
        self._before_request = before_request
        self._accounts = Accounts(ledger, on_line, utc_offset)
        self._is_loaded = False
        self._begun = 0.0
        self._listeners = replace(listeners, stranger=self._mark)
        self._seats: dict[str, Seat] = {}
        self._strangers: dict[str, str] = {}
        self._tails: set[str] = set()
        self._session: ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(
        self,
        port: int = 0,
        on_closed: OnClosed = lambda run, raw: None,
        runs: Collection[str] = (),
    ) -> int:
        """Read the ledger, listen and give back the port; a failed start can be tried again.

        `on_closed` is given the last line of every request in this and last month's ledger, with its run; of `runs`
        those of all months, for they may go on.
        """
        if not self._is_loaded:
            self._accounts.load(self._clock(), on_closed, runs)
            self._is_loaded = True
        try:
            return await self._listen(port)
        except OSError:
            await self.stop()
            raise

    async def _listen(self, port: int) -> int:
        connector = TCPConnector(limit=0)
        self._session = ClientSession(
            connector=connector, trust_env=False, cookie_jar=DummyCookieJar(), skip_auto_headers=("User-Agent",)
        )
        self._runner = web.AppRunner(self._app(), handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, backlog=BACKLOG).start()
        self._begun = self._clock()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening; streams under way are closed and booked."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    def recall(self, run: str, on_closed: OnClosed) -> None:
        """A run that was over goes on: what it ever spent counts; `on_closed` is given all its last lines."""
        self._accounts.recall(run, on_closed)

    def watch(self, freed: Callable[[], None]) -> None:
        """Have this called whenever what was set aside is free again."""
        self._accounts.watch(freed)

    def register(self, seat: Seat) -> None:
        """Let a worker in, or change what its seat says."""
        self._seats[seat.id] = seat

    def forget(self, seat_id: str) -> None:
        """Refuse further requests of a seat; one under way goes on."""
        self._seats.pop(seat_id, None)
        self._strangers.pop(seat_id, None)
        self._tails.discard(seat_id)

    def open_pool(self, pool: Pool) -> None:
        """Set or change a pool's limits; they bind from the next request on."""
        self._accounts.open(pool)

    def close_pool(self, pool_id: str) -> None:
        """Forget a pool's limits; what was spent in it is still known."""
        self._accounts.close(pool_id)

    def book(self, line: LedgerLine, pools: tuple[str, ...]) -> None:
        """Book a request that did not pass here in these pools, by the ids they were opened with."""
        names, day = self._accounts.booked(pools, line.at), self._accounts.dated("{day}", line.at)
        self._accounts.settle(line.model_copy(update={"pools": names, "day": day}))

    def balance(self, pool_id: str, attempt: str = "") -> Balance:
        """A pool now, by the id it was opened with, without what this attempt was promised."""
        return self._accounts.balance(pool_id, self._clock(), attempt=attempt)

    def booked(self, pool: Pool) -> str:
        """The dated name under which the ledger books now what counts against a pool."""
        return self._accounts.dated(pool.booked_as, self._clock())

    def promise(self, attempt: str, pools: tuple[str, ...], amount: Amount) -> None:
        """Set aside for an attempt that is about to start, in these pools."""
        self._accounts.promise(attempt, pools, amount, self._clock())

    def is_promised(self, attempt: str) -> bool:
        """Whether something was set aside for this attempt."""
        return self._accounts.is_promised(attempt)

    def end(self, attempt: str) -> None:
        """Free what an attempt was promised."""
        self._accounts.end(attempt)

    def open_tail(self, seat_id: str) -> bool:
        """Let a seat use what its pools keep for the handoff; False when they keep nothing or it was let before."""
        seat = self._seats.get(seat_id)
        if seat is None or seat_id in self._tails or not any(self.balance(pool).pool.kept for pool in seat.pools):
            return False
        self._tails.add(seat_id)
        return True

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/w/{seat}/{path:v1/messages}", self._messages)
        app.router.add_post("/w/{seat}/{path:v1/messages/count_tokens}", self._count_tokens)
        app.router.add_route("HEAD", "/w/{seat}{path:.*}", self._hello)
        app.router.add_route("GET", "/w/{seat}/api/hello", self._hello)
        app.router.add_route("*", "/{path:.*}", self._nothing)
        return app

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        seat = self._seat(request)
        if isinstance(seat, web.Response):
            return seat
        if stranger := self._strangers.get(seat.id):
            said = f"{stranger} answered although the plan chose {seat.declared_model}"
            return refusal(402, "billing_error", f"Nothing more is asked of profile {seat.profile!r}: {said}.")
        try:
            ask = Ask.parse(await body_of(request, LARGEST_REQUEST))
        except AskInvalid as error:
            return refusal(400, "invalid_request_error", f"The request cannot be read: {error}")
        except web.HTTPRequestEntityTooLarge:
            return _too_large()
        self._before_request()
        is_tail = seat.id in self._tails
        booking = Booking(self._accounts, self._clock, seat, ask.model, Client.of(request.headers), is_tail)
        try:
            return await self._paid(request, seat, ask, booking)
        except WorkspaceUnwritable as error:
            return refusal(503, "api_error", f"{error.message}; {error.hint}.")
        finally:
            # whatever happened, nothing stays reserved for a request that is over
            booking.drop()

    async def _paid(self, request: web.Request, seat: Seat, ask: Ask, booking: Booking) -> web.StreamResponse:
        """Reserve, then forward; what is not covered is refused with 402, which clients do not retry."""
        meter = Meter(ask.estimated_input)
        if booking.is_unpriced():
            why = (
                f"Model {ask.model!r} of profile {seat.profile!r} has no known price, so its money limit cannot "
                "be kept; add the model to prices, or set cost.unpriced=allow."
            )
        else:
            granted = await booking.reserve(ask.estimated_input, ask.max_tokens)
            if not isinstance(granted, Refusal):
                exchange = Exchange(self._client(), seat, booking, ask, self._listeners, self._clock)
                return await exchange.run(request, granted.max_tokens)
            why = granted.message
        booking.refuse(meter, 402, why)
        return refusal(402, "billing_error", why)

    async def _count_tokens(self, request: web.Request) -> web.StreamResponse:
        """Counting is free of charge at the provider, so it is passed on without a booking."""
        seat = self._seat(request)
        if isinstance(seat, web.Response):
            return seat
        try:
            body = await body_of(request, LARGEST_REQUEST)
            async with post(self._client(), seat, request, body) as upstream:
                headers = passed(upstream.headers, NOT_DOWNSTREAM)
                return web.Response(body=await upstream.read(), status=upstream.status, headers=headers)
        except web.HTTPRequestEntityTooLarge:
            return _too_large()
        except ClientHttpProxyError as error:
            said = f"its proxy answered {error.status} {error.message}"
            return refusal(502, "api_error", f"The provider cannot be reached: {said}", may_retry=True)
        except (ClientError, OSError) as error:
            return refusal(502, "api_error", f"The provider cannot be reached: {error}", may_retry=True)

    def _mark(self, seat: Seat, model: str) -> None:
        """Another model has answered; the seat gets nothing more."""
        self._strangers[seat.id] = model

    async def _hello(self, request: web.Request) -> web.Response:
        return web.Response()

    async def _nothing(self, request: web.Request) -> web.Response:
        return refusal(404, "not_found_error", f"The gateway does not serve {request.method} {request.path}.")

    def _seat(self, request: web.Request) -> Seat | web.Response:
        seat = self._seats.get(request.match_info["seat"])
        if seat is None:
            return self._unknown_seat()
        if not any(seat.admits(token) for token in _tokens(request)):
            return refusal(401, "authentication_error", "The gateway does not know this token.")
        return seat

    def _unknown_seat(self) -> web.Response:
        if self._clock() - self._begun >= RETURN_SECONDS:
            return refusal(404, "not_found_error", "The gateway knows no such seat.")
        answer = refusal(503, "api_error", "The gateway has just started; ask again in a moment.", may_retry=True)
        answer.headers["retry-after"] = "1"
        return answer

    def _client(self) -> ClientSession:
        if self._session is None:
            raise RuntimeError("the gateway is not started")
        return self._session


def _tokens(request: web.Request) -> list[str]:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    tokens = [bearer.strip()] if scheme.lower() == "bearer" else []
    return [*tokens, request.headers["x-api-key"]] if "x-api-key" in request.headers else tokens


def _too_large() -> web.Response:
    return refusal(413, "request_too_large", f"The request is larger than {LARGEST_REQUEST} bytes.")
