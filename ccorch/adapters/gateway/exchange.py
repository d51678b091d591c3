"""An exchange: one request on its way to the provider and its answer on the way back, metered as it passes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientResponse,
    ClientSession,
    ConnectionTimeoutError,
    web,
)

from ccorch.adapters.gateway.answers import NO_RETRY, farewell, refusal
from ccorch.adapters.gateway.ask import Ask
from ccorch.adapters.gateway.booking import Booking
from ccorch.adapters.gateway.flow import Flow
from ccorch.adapters.gateway.forward import NOT_DOWNSTREAM, error_type, passed, post, table
from ccorch.adapters.gateway.meter import Meter
from ccorch.adapters.gateway.seat import Seat
from ccorch.rules.trouble import DECLINED, trouble_in_stream, trouble_of
from ccorch.schema.breaker import Trouble


@dataclass(frozen=True)
class Listeners:
    """Who is told what providers answer, before the answer goes on to the worker."""

    trouble: Callable[[Seat, Trouble], None] = lambda seat, trouble: None
    """What an answer that is none means for its route."""
    answer: Callable[[Seat], None] = lambda seat: None
    """A model has begun to answer."""
    pulse: Callable[[Seat], None] = lambda seat: None
    """Something of an answer is on its way to the worker."""
    stranger: Callable[[Seat, str], None] = lambda seat, model: None
    """Another model than the plan's has answered."""


# whatever else a provider calls its stream, it is metered as one
WHOLE = frozenset({"application/json", "text/html"})


class Exchange:
    """Forwards one request of a seat; however it ends, its last line is written once."""

    def __init__(
        self,
        session: ClientSession,
        seat: Seat,
        booking: Booking,
        ask: Ask,
        listeners: Listeners,
        clock: Callable[[], float],
    ) -> None:
        self._session, self._seat, self._booking, self._ask = session, seat, booking, ask
        self._listeners, self._clock = listeners, clock
        self._meter = Meter(ask.estimated_input)
        self._is_answered = False

    async def run(self, request: web.Request, max_tokens: int) -> web.StreamResponse:
        """Forward, and give the provider's answer or an error in its shape."""
        self._booking.open(self._meter)
        try:
            # no name for the body here, which would keep it as long as the answer takes
            async with post(self._session, self._seat, request, self._ask.hand_on(max_tokens)) as upstream:
                self._booking.answered(upstream.status)
                return await self._answer(request, upstream)
        except ClientHttpProxyError as error:
            # its own text would name the proxy with its password
            said = f"its proxy answered {error.status} {error.message}"
            self._booking.close_unbilled(self._meter, 502, said)
            return self._bad_gateway(f"The provider cannot be reached: {said}")
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            self._booking.close_unbilled(self._meter, 502, str(error))
            return self._bad_gateway(f"The provider cannot be reached: {error}")
        except (ClientError, OSError) as error:
            self._booking.answered(502)
            self._booking.close(self._meter, "dropped", str(error))
            return self._bad_gateway(f"The provider broke off: {error}")
        except asyncio.CancelledError:
            self._booking.close(self._meter, "client_closed")
            raise
        finally:
            # whatever else went wrong, what was forwarded is not left out of the spending
            if not self._booking.is_over:
                self._booking.close(self._meter, "dropped", "the gateway could not go on with it")

    async def _answer(self, request: web.Request, upstream: ClientResponse) -> web.StreamResponse:
        if upstream.status >= 300:
            return await self._pass_error(upstream)
        if upstream.content_type in WHOLE:
            return await self._pass_whole(upstream)
        return await self._stream(request, upstream)

    async def _pass_error(self, upstream: ClientResponse) -> web.Response:
        """Pass a provider's error on; what no retry mends is told not to be retried."""
        body, status = await upstream.read(), upstream.status
        kind = error_type(body)
        self._booking.close_unbilled(self._meter, status, kind)
        trouble = trouble_of(status, upstream.headers, body, self._clock())
        self._tell(trouble)
        if status < 400:
            return refusal(502, "api_error", "The provider redirects; its base URL has to be corrected.")
        headers = passed(upstream.headers, NOT_DOWNSTREAM)
        # the client would go on asking for minutes, although somebody else has to act first, or time
        if status in (401, 403) or (trouble is not None and trouble.lasting):
            headers.update(NO_RETRY)
        return web.Response(body=body, status=status, headers=headers)

    async def _pass_whole(self, upstream: ClientResponse) -> web.Response:
        """Pass an answer that is not streamed; a page of a portal or login wall is no answer of a model."""
        body = await upstream.read()
        message = table(body)
        if "usage" in message or message.get("type") == "message":
            self._meter.take_message(message)
            self._judge()
            if message.get("stop_reason") == "refusal":
                self._tell(DECLINED)
            self._booking.close(self._meter, "ok")
        else:
            self._booking.close_unbilled(self._meter, upstream.status, f"not an answer: {upstream.content_type}")
        headers = passed(upstream.headers, NOT_DOWNSTREAM)
        return web.Response(body=body, status=upstream.status, headers=headers)

    async def _stream(self, request: web.Request, upstream: ClientResponse) -> web.StreamResponse:
        response = web.StreamResponse(status=upstream.status, headers=passed(upstream.headers, NOT_DOWNSTREAM))
        flow = Flow(self._meter, self._booking)
        if not await _is_sent(response.prepare(request)):
            self._booking.close(self._meter, "client_closed")
            return response
        try:
            async for chunk in upstream.content.iter_any():
                self._listeners.pulse(self._seat)
                events = flow.take(chunk)
                self._judge()
                is_there = await _is_sent(response.write(events))
                if flow.cut or not is_there:
                    return await self._leave(response, upstream, flow)
        except (ClientError, OSError) as error:
            self._end_of_stream(str(error))
            _break_off(request)
            return response
        self._end_of_stream(None)
        await _is_sent(response.write(flow.rest()))
        return response

    def _judge(self) -> None:
        """Tell who answers before the answer goes on, so that it is known when the worker asks again."""
        if self._meter.has_started and not self._is_answered:
            self._is_answered = True
            self._listeners.answer(self._seat)
        served = self._meter.served_model
        if served is not None and self._seat.is_stranger(served):
            self._listeners.stranger(self._seat, served)

    def _tell(self, trouble: Trouble | None) -> None:
        if trouble is not None:
            self._listeners.trouble(self._seat, trouble)

    async def _leave(
        self, response: web.StreamResponse, upstream: ClientResponse, flow: Flow
    ) -> web.StreamResponse:
        """Stop before the provider has: book what has arrived, and say farewell to a client that is there."""
        flow.take(upstream.content.read_nowait())
        upstream.close()
        output = self._booking.close(self._meter, "cut" if flow.cut else "client_closed", flow.cut)
        if flow.cut:
            await _is_sent(response.write(farewell(flow.block_at_cut, output)))
        return response

    def _end_of_stream(self, broken: str | None) -> None:
        meter = self._meter
        if meter.has_stopped:
            self._booking.close(meter, "ok")
            self._tell(DECLINED if meter.declines else None)
            return
        kind = meter.error or "dropped"
        self._booking.close(meter, "error" if meter.error else "dropped", broken or meter.error)
        self._tell(trouble_in_stream(kind))

    @staticmethod
    def _bad_gateway(message: str) -> web.Response:
        return refusal(502, "api_error", message, may_retry=True)


async def _is_sent(sending: Awaitable[object]) -> bool:
    """Whether the client is still there to take it."""
    try:
        await sending
    except ConnectionError:
        return False
    return True


def _break_off(request: web.Request) -> None:
    """Let the client see a broken stream where the provider broke it, not an orderly end."""
    if request.transport is not None:
        request.transport.close()
