"""Sockets that nobody but this machine reaches."""

import socket
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import sample

from ccorch.errors import ArgumentInvalid

LASTING = range(10_000, 20_000)
"""Ports below those of worktrees and below those that Linux hands out to whoever names none, from 32768 on."""
TRIES = 20
HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""The first and the last port that this machine hands out, where somebody has set them otherwise."""


async def lasting(start: Callable[[int], Awaitable[int]], known: int) -> int:
    """Serve at the port of last time, or at one that stays free while nobody serves there; the port.

    `start` raises OSError where it cannot have the port, and takes any for 0.
    """
    free = lasting_ports()
    for port in ([known] if known else []) + sample(free, min(TRIES, len(free))):
        try:
            return await start(port)
        except OSError:
            continue
    return await start(0)


def lasting_ports() -> Sequence[int]:
    """Ports that stay free while nobody listens there; none where this machine hands out all of them."""
    try:
        first, last = map(int, HANDED_OUT.read_text().split())
    except (OSError, ValueError):
        return LASTING
    return [port for port in LASTING if not first <= port <= last]


def listening(port: int) -> socket.socket:
    """A socket that listens at this port, or at a free one where it is 0; raises ArgumentInvalid."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as problem:
        said = f"cannot listen at port {port}: {problem.strerror}"
        raise ArgumentInvalid(said, hint="without --port it takes a free one") from problem
