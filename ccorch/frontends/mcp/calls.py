"""How each call is done: in a thread, with a house of its own; who waits for news holds none meanwhile."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from ccorch.frontends.mcp.caller import Caller
from ccorch.frontends.mcp.shown import Shown
from ccorch.frontends.mcp.tools import LONGEST_WAIT, Offer
from ccorch.operations.house import House
from ccorch.rules.ceilings import confined
from ccorch.schema.base import Value
from ccorch.schema.digest import Digest
from ccorch.schema.following import WaitRequest
from ccorch.schema.judging import VerifyRequest
from ccorch.schema.planning import PlanRequest, RunRequest

LOOK = 0.05
"""Seconds of one whole look for news."""

PROBE = 0.1
"""Seconds between glances at how long a run's log is."""

LONGEST_JUDGING = 200.0
"""Seconds after which a call says that judging goes on."""


class Verifying(Value):
    """A run whose judging takes longer than a call may."""

    run: str | None
    """The run, as it was named."""
    state: str = "verifying"
    """That it goes on."""
    next: str = "call run_verify again to join it, or run_get(view=verify) later"
    """What to do."""


@dataclass
class Calls:
    """Does calls of one server."""

    open_house: Callable[[str], House]
    caps: bool = True
    """Whether what a client says of its sandbox counts."""
    again: float = 5.0
    """Seconds after which who waits looks again although no log has grown: a daemon may have died."""

    def __post_init__(self) -> None:
        self._shown = Shown()
        self._submitting = asyncio.Lock()
        self._judging: dict[tuple[VerifyRequest, bool], asyncio.Task[Value]] = {}
        # who waits takes no thread from who asks
        self._asking = ThreadPoolExecutor(16, "ask")
        self._waiting = ThreadPoolExecutor(4, "wait")

    async def reply(self, offer: Offer, request: Value, caller: Caller) -> Value:
        """What the verb answers; raises its errors."""
        match request:
            case WaitRequest():
                return await self._wait(offer, request, caller)
            case PlanRequest():
                planned: Any = await self._done(offer, request, caller)
                self._shown.note(planned.plan_id, request)
                return planned  # type: ignore[no-any-return]
            case RunRequest():
                # one after the other, so that a repeated call finds the run of the first
                async with self._submitting:
                    return await self._done(offer, self._shown.filled(request), caller)
            case VerifyRequest():
                return await self._verify(offer, request, caller)
        return await self._done(offer, request, caller)

    async def _verify(self, offer: Offer, request: VerifyRequest, caller: Caller) -> Value:
        """Judge, or join who judges the same already; what takes longer than a call may goes on behind it."""
        key = (request, caller.is_confined)
        task = self._judging.get(key)
        if task is None:
            task = self._judging[key] = asyncio.create_task(self._done(offer, request, caller))
            task.add_done_callback(lambda _: self._judging.pop(key, None))
        done, _ = await asyncio.wait({task}, timeout=LONGEST_JUDGING)
        return task.result() if done else Verifying(run=request.run)

    async def _wait(self, offer: Offer, request: WaitRequest, caller: Caller) -> Value:
        """Look, glance at the logs until one has grown, and look again from the caller's own cursor."""
        until = time.monotonic() + min(request.timeout, LONGEST_WAIT)
        look = request.model_copy(update={"timeout": min(request.timeout, LOOK)})
        house = self._house(caller)
        while True:
            reply: Any = await self._done(offer, look, caller, self._waiting)
            if not reply.timed_out or time.monotonic() >= until:
                found: Value = reply
                return found
            await self._grown(house, reply, until)

    async def _grown(self, house: House, reply: Any, until: float) -> None:
        """Until a log is longer than where it was looked at, or it is time to look again."""
        until = min(until, time.monotonic() + self.again)
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(PROBE, left))
            if isinstance(reply, Digest):
                if any(house.library.size(run) != end for run, end in reply.ends.items()):
                    return
            elif house.library.last_seq(reply.run_id) > reply.cursor:
                return

    async def _done(self, offer: Offer, request: Value, caller: Caller, pool: Any = None) -> Value:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool or self._asking, self._do, offer, request, caller)

    def _do(self, offer: Offer, request: Value, caller: Caller) -> Value:
        # a house per call: connections stay in the thread that opened them
        reply: Value = offer.verb.do(self._house(caller), request)
        return reply

    def _house(self, caller: Caller) -> House:
        house = self.open_house(caller.name)
        if not (self.caps and caller.is_confined):
            return house
        return replace(house, ceiling=lambda: confined(house.ceiling()))
