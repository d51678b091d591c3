"""Lets the n-th change of the disk fail, by the interpreter's own audit events."""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import TypeVar

from ccorch.errors import CcorchError

T = TypeVar("T")

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.chmod", "os.truncate", "os.symlink"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
MOST = 400

_struck: Callable[[], None] | None = None


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if _struck is not None and (event in CHANGES or (event == "open" and _is_writing(arguments))):
        _struck()


def _is_writing(arguments: tuple[object, ...]) -> bool:
    path, _, flags = arguments
    return isinstance(flags, int) and bool(flags & WRITING) and path != os.devnull


sys.addaudithook(_listen)


class Killed(BaseException):
    """The process is gone: from now on nothing that it does reaches the disk."""


@contextmanager
def struck(number: int, kill: bool) -> Iterator[list[int]]:
    """The n-th change inside fails as a disk does, or it and all that follow never happen; gives how many were."""
    global _struck
    seen = [0]

    def strike() -> None:
        seen[0] += 1
        if kill and seen[0] >= number:
            raise Killed
        if seen[0] == number:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    _struck = strike
    try:
        yield seen
    finally:
        _struck = None


def every_failure(prepared: Callable[[], T], work: Callable[[T], object], kill: bool) -> Iterator[T]:
    """Do the work on ever new ground, its n-th change failing; gives the ground after each, until none failed."""
    for number in count(1):
        ground = prepared()
        with struck(number, kill) as seen, suppress(CcorchError, Killed):
            work(ground)
        yield ground
        if seen[0] < number:
            return
        assert number < MOST, "it never comes to an end"
