"""Whoever follows an attempt is woken by its shim's end, and by nothing before."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import closing

from attempts import Attempt, eventually

from ccorch.adapters.process import attempt
from ccorch.adapters.process.gone import Gone

LONG, SHORT = 60.0, 0.05


def test_the_end_of_a_shim_wakes_at_once_and_later_rests_last_their_time(one: Attempt) -> None:
    one.start(["pause"])
    # a worker that does not run yet holds its shim's lock a moment longer than the shim lives
    eventually(lambda: one.saw("control_response"))
    shim = one.shim.pid

    async def follow() -> tuple[float, float, str]:
        loop = asyncio.get_running_loop()
        with closing(Gone(one.folder)) as gone:
            begun = loop.time()
            await gone.rest(SHORT)
            resting = asyncio.ensure_future(gone.rest(LONG))
            await asyncio.sleep(0)
            os.kill(shim, signal.SIGKILL)
            await resting
            woken = loop.time()
            found = attempt.adopt(one.folder)
            await gone.rest(SHORT)
            return woken - begun, loop.time() - woken, found

    slept, after, found = asyncio.run(follow())

    assert SHORT <= slept < LONG
    assert after >= SHORT
    assert found == "lost"
