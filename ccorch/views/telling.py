"""Of the lines of a log those that change what is shown of a run, found without taking the many others apart."""

import re
from collections.abc import Collection, Iterable, Iterator

LATEST = (b"tool_called", b"said")
"""The many of which only a node's last one is of interest."""

PASSED_BY = (
    b"worker_ready",
    b"command_ran",
    b"tool_began",
    b"tool_failed",
    b"tool_denied",
    b"request_retried",
    b"output_reached",
    b"noted",
)
"""What changes nothing that is shown."""

BOUNDS = (b"started", b"ended")
"""What makes a node's last call or saying so far one of its past."""

FEW = 8
"""Nodes of which each is looked for by its name, which for more takes longer than to look who there is."""

_TYPE = b',"type":"'
"""Stands once in every line that ccorch wrote, and in no text, for there quotes are escaped."""

_OTHER = re.compile(rb'%s(?!(?:%s)")([a-z_]*)"(?:,"node":"([^"]*)")?' % (_TYPE, b"|".join((*LATEST, *PASSED_BY))))
_CALL = re.compile(rb'%s(?:%s)","node":"([^"]*)"' % (_TYPE, b"|".join(LATEST)))


def telling(content: bytes, nodes: Collection[str]) -> list[bytes]:
    """Of whole lines those that tell something of these nodes, in an order that ends in the same picture as all."""
    others = list(_OTHER.finditer(content))
    if content.count(_TYPE) != content.count(b"\n"):  # somebody has spelled a line in another way
        return content.splitlines()
    if any(found[1] in BOUNDS for found in others):
        return [_around(content, place) for place in _between(content, others)]
    # the usual case, in which no line is looked at by itself but those that are read
    callers = {name.encode() for name in nodes} if len(nodes) <= FEW else set(_CALL.findall(content))
    latest = [max(content.rfind(_call(kind, node)) for kind in LATEST) for node in callers]
    places = (*(found.start() for found in others), *latest)
    return [_around(content, place) for place in places if place >= 0]


def _between(content: bytes, others: Iterable[re.Match[bytes]]) -> Iterator[int]:
    """Places of the others, and of each node's last call before it began or ended, and at the end."""
    latest: dict[bytes, int] = {}
    calls = iter(_CALL.finditer(content))
    call = next(calls, None)
    for other in others:
        while call is not None and call.start() < other.start():
            latest[call[1]] = call.start()
            call = next(calls, None)
        if other[1] in BOUNDS and other[2] in latest:
            yield latest.pop(other[2])
        yield other.start()
    latest |= {found[1]: found.start() for found in (*filter(None, (call,)), *calls)}
    yield from latest.values()


def _call(kind: bytes, node: bytes) -> bytes:
    return b'%s%s","node":"%s"' % (_TYPE, kind, node)


def _around(content: bytes, place: int) -> bytes:
    """The line that holds that byte."""
    return content[content.rfind(b"\n", 0, place) + 1 : content.find(b"\n", place)]
