"""The text of a task that is read from somewhere: UTF-8, byte for byte, and never without end."""

from collections.abc import Callable
from pathlib import Path

from ccorch.errors import ArgumentInvalid, NotFound
from ccorch.schema.planning import LONGEST_TASK

MOST_BYTES = 4 * LONGEST_TASK
"""What that many letters take at most."""


def of_file(name: str) -> str:
    """The task that a file holds."""
    try:
        with Path(name).open("rb") as file:
            return told(file.read, f"task file {name!r}")
    except OSError as problem:
        raise NotFound(f"task file {name!r} cannot be read: {problem.strerror}") from problem


def told(read: Callable[[int], bytes], where: str) -> str:
    """The task that can be read there."""
    content = read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ArgumentInvalid(
            f"{where} is longer than a task may be ({LONGEST_TASK:,} letters)",
            hint="name files of the project in the task; workers read them by themselves",
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ArgumentInvalid(
            f"{where} is not UTF-8: byte {problem.start} is 0x{content[problem.start]:02x}",
            hint="convert it with `iconv -t utf-8`",
        ) from None
