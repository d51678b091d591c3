"""Being the daemon: as a process of its own, or in a thread beside a command."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ccorch.adapters.daemon.lifecycle import serve
from ccorch.adapters.daemon.opening import open_host
from ccorch.adapters.daemon.place import Place
from ccorch.adapters.run_folder.layout import State
from ccorch.errors import DaemonUnreachable
from ccorch.ports import Profiles
from ccorch.rules.admission import Slots
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.config import Engine

LAST_SECONDS = 0.5
"""How long a thread of the engine's database may take to end."""


@dataclass(frozen=True)
class Hosting:
    """What a daemon is opened with."""

    state: State
    place: Place
    profiles: Profiles
    slots: Slots
    reviver: Mapping[str, Any]
    ceiling: Callable[[], Ceiling]
    """The owner's limits as they are now."""
    engine: Engine
    """Where it keeps what is being driven."""


def be_daemon(hosting: Hosting, ready: Callable[[], None]) -> bool:
    """Serve until idle, drained or signalled; False when another daemon lives."""
    served = asyncio.run(_serve(hosting, ready, signals=True, enough=None))
    _leave_behind()
    return served


@contextmanager
def beside(hosting: Hosting) -> Iterator[None]:
    """Serve in a thread while the block runs."""
    loop = asyncio.new_event_loop()
    enough, settled = asyncio.Event(), threading.Event()
    served: list[bool] = []

    def host() -> None:
        try:
            served.append(loop.run_until_complete(_serve(hosting, settled.set, signals=False, enough=enough)))
        finally:
            settled.set()

    thread = threading.Thread(target=host, name="daemon")
    thread.start()
    settled.wait()
    try:
        if not thread.is_alive() and not served:
            raise DaemonUnreachable("the daemon could not be hosted here; the reason is printed above")
        yield
    finally:
        if thread.is_alive():
            loop.call_soon_threadsafe(enough.set)
        thread.join()
        loop.close()


def _leave_behind() -> None:
    """End at once when threads hang at a database that is away.

    They would keep the process for ever, and write what nobody wants any more when the database is back.
    """
    hanging = [thread for thread in threading.enumerate() if thread.name.startswith("dbos-executor-")]
    for thread in hanging:
        thread.join(LAST_SECONDS)
    if any(thread.is_alive() for thread in hanging):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


async def _serve(
    hosting: Hosting, ready: Callable[[], None], *, signals: bool, enough: asyncio.Event | None
) -> bool:
    hosting.state.make()
    return await serve(
        hosting.place,
        lambda: open_host(
            hosting.state, hosting.profiles, hosting.slots, hosting.reviver, hosting.ceiling, hosting.engine
        ),
        ready,
        signals=signals,
        enough=enough,
    )
