"""What the doctor found, on the screen: a line each, and beneath it what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import wrapped
from ccorch.frontends.cli.screen import Screen, Style
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.doctor import DoctorReply

COLOURS: dict[str, Style] = {"ok": "green", "warn": "yellow", "fail": "red"}


def told(reply: DoctorReply, screen: Screen) -> Iterator[str]:
    """Every check."""
    if reply.rebuilt:
        yield from wrapped(line(reply.rebuilt), screen.width)
    for one in reply.lines:
        first, *rest = wrapped(f"{one.check}: {line(one.said)}", max(screen.width - 5, 20)) or [""]
        yield f"{screen.styled(one.state.ljust(4), COLOURS[one.state])} {first}"
        yield from (f"     {text}" for text in rest)
        if one.command:
            yield f"     `{line(one.command)}`"
