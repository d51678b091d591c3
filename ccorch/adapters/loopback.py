"""Sockets that nobody but this machine reaches."""

import socket
from collections.abc import Awaitable, Callable
from random import sample

from ccorch.errors import ArgumentInvalid

LASTING = range(20_000, 32_000)
"""Ports that no system hands out to whoever names none: Linux begins at 32768, others at 49152."""
TRIES = 20


async def lasting(start: Callable[[int], Awaitable[int]], known: int) -> int:
    """Serve at the port of last time, or at one that stays free while nobody serves there; the port.

    `start` raises OSError where it cannot have the port, and takes any for 0.
    """
    for port in ([known] if known else []) + sample(LASTING, TRIES):
        try:
            return await start(port)
        except OSError:
            continue
    return await start(0)


def listening(port: int) -> socket.socket:
    """A socket that listens at this port, or at a free one where it is 0; raises ArgumentInvalid."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as problem:
        said = f"cannot listen at port {port}: {problem.strerror}"
        raise ArgumentInvalid(said, hint="without --port it takes a free one") from problem
