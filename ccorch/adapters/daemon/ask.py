"""The client's side of the daemon's socket: one JSON line asked, one JSON line answered."""

import json
import os
import socket
import struct
from pathlib import Path
from typing import Any

from ccorch.errors import ArgumentInvalid, DaemonUnreachable, from_data
from ccorch.rules.amounts import limit

PROTOCOL = 1
LIMIT = 64 * 1024 * 1024
"""Longest request in bytes."""
INTERNAL = "INTERNAL"
"""Code of an answer that tells of a bug in the daemon."""


class NobodyHome(DaemonUnreachable):
    """There is no daemon at the socket, or it ended before it answered."""


class DaemonBug(DaemonUnreachable):
    """The daemon met a bug while it answered; it lives on."""

    code = INTERNAL
    exit_status = 70
    retryable = False


def ask(path: Path, verb: str, timeout: float, **words: Any) -> dict[str, Any]:
    """Ask a daemon and give its answer; raises the error it answered, NobodyHome or DaemonUnreachable."""
    said = json.dumps({"v": PROTOCOL, "verb": verb, **words}, ensure_ascii=False)
    request = said.encode("utf-8", "surrogatepass") + b"\n"
    if len(request) > LIMIT:
        raise too_long(len(request))
    try:
        answer = _answer(path, request, timeout)
    except (FileNotFoundError, ConnectionError) as problem:
        raise NobodyHome(f"no daemon answers on its socket: {problem}") from problem
    except TimeoutError as problem:
        raise DaemonUnreachable(f"the daemon lives, but gave no answer within {limit(timeout)}") from problem
    except OSError as problem:
        raise DaemonUnreachable(f"the daemon cannot be asked: {problem}") from problem
    if not answer:
        raise NobodyHome("the daemon ended before it answered")
    return _told(answer)


def too_long(size: int | None = None) -> ArgumentInvalid:
    """The error for a request that no daemon takes."""
    found = f"the request has {size} bytes" if size else "the request is too long"
    return ArgumentInvalid(
        f"{found}; a daemon takes {LIMIT} bytes", hint="shorten task and context, or put them into files"
    )


def _answer(path: Path, request: bytes, timeout: float) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        _wait_in_line(link, path, timeout)
        link.settimeout(timeout)
        _check_owner(link, path)
        link.sendall(request)
        return b"".join(iter(lambda: link.recv(1 << 16), b""))


def _wait_in_line(link: socket.socket, path: Path, timeout: float) -> None:
    """Connect; with a time-out of Python's own, a socket whose line is full would refuse at once."""
    whole = int(timeout)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", whole, int((timeout - whole) * 1e6)))
    try:
        link.connect(str(path))
    except BlockingIOError as full:
        raise TimeoutError("the line at the socket is full") from full


def _check_owner(link: socket.socket, path: Path) -> None:
    """Nothing is said to a process of another user, whoever made the socket."""
    credentials = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    if struct.unpack("3i", credentials)[1] != os.getuid():
        raise DaemonUnreachable(f"the process at {path} belongs to another user", hint="remove that socket")


def _told(answer: bytes) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(answer)
    except ValueError as problem:
        raise NobodyHome("the daemon ended while it answered") from problem
    if "error" not in data:
        return data
    if data["error"].get("code") == INTERNAL:
        raise DaemonBug(data["error"]["message"], hint=data["error"]["hint"])
    raise from_data(data)
