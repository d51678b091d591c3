"""Standard input and output of the server: who asks in words that cannot be read is told so, not left waiting."""

from __future__ import annotations

import json
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError

if TYPE_CHECKING:
    # a part of the SDK that is its own, so it is asked for nothing when this runs
    from mcp.shared._stream_protocols import ReadStream, WriteStream

UNREADABLE = "this message cannot be read as a request: "
LONGEST_NUMBER = 20
"""Digits of a number that may be an id; Python makes no number of some thousands."""
PASSED_OVER = "ccorch: a line that is no message was passed over"


class Understood:
    """What can be read of a client's lines; the library drops the others, and leaves who asked in one waiting."""

    def __init__(self, heard: ReadStream[SessionMessage | Exception], tell: WriteStream[SessionMessage]) -> None:
        self._heard = heard
        self._tell = tell

    @property
    def last_context(self) -> Any:
        """What the library keeps with the message that came last."""
        return getattr(self._heard, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        """The next message that can be read."""
        while True:
            said = await self._heard.receive()
            if not isinstance(said, Exception):
                return said
            await self._refuse(said)

    async def _refuse(self, problem: Exception) -> None:
        error = _error(problem)
        if error is None:
            print(PASSED_OVER, file=sys.stderr, flush=True)
            return
        await self._tell.send(SessionMessage(error))

    async def aclose(self) -> None:
        """Hear no more."""
        await self._heard.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _error(problem: Exception) -> JSONRPCError | None:
    """The answer to a request that its id can be told of; without one clients know not what to do with it."""
    if not isinstance(problem, ValidationError):
        return None
    for found in problem.errors(include_url=False, include_context=False):
        broken = found["type"] == "json_invalid"
        said = _parsed(found["input"]) if broken else found["input"]
        # of a message that is whole, a part may look like a request as well
        if isinstance(said, dict) and "method" in said and (broken or len(found["loc"]) == 2):
            code, why = (PARSE_ERROR, found["msg"]) if broken else (INVALID_REQUEST, _places(problem))
            return _answer(said.get("id"), ErrorData(code=code, message=UNREADABLE + why))
    return None


def _answer(number: Any, error: ErrorData) -> JSONRPCError | None:
    if isinstance(number, bool) or not isinstance(number, int | str) or _is_broken(str(number)):
        return None
    return JSONRPCError(jsonrpc="2.0", id=number, error=error)


def _is_broken(text: str) -> bool:
    """Whether half a letter stands in it, which nobody can send."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _places(problem: ValidationError) -> str:
    found = problem.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{said['loc'][1]}: {said['msg']}" for said in found if said["loc"][0] == "JSONRPCRequest")


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None


def _parsed(text: Any) -> Any:
    """What a more patient reader makes of it; it takes halves of letters, and any number."""
    try:
        return json.loads(text, parse_int=_whole)
    except (ValueError, TypeError, RecursionError):
        return None
