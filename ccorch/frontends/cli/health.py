"""What the doctor found, on the screen: a line each, and beneath it what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import wrapped
from ccorch.frontends.cli.screen import Screen, Style
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.doctor import DoctorReply
    from ccorch.operations.doctor_line import Line
    from ccorch.operations.upgrading import UpgradeReply

COLOURS: dict[str, Style] = {"ok": "green", "warn": "yellow", "fail": "red"}


def told(reply: DoctorReply, screen: Screen) -> Iterator[str]:
    """Every check."""
    if reply.rebuilt:
        yield from wrapped(line(reply.rebuilt), screen.width)
    yield from _lines(reply.lines, screen)


def compared(reply: UpgradeReply, screen: Screen) -> Iterator[str]:
    """Every comparison; nothing was changed by it."""
    yield from _lines(reply.lines, screen)
    yield "nothing has to be done" if reply.is_well else "nothing was changed; the lines above say what is due"


def _lines(lines: tuple[Line, ...], screen: Screen) -> Iterator[str]:
    for one in lines:
        first, *rest = wrapped(f"{one.check}: {line(one.said)}", max(screen.width - 5, 20)) or [""]
        yield f"{screen.styled(one.state.ljust(4), COLOURS[one.state])} {first}"
        yield from (f"     {text}" for text in rest)
        if one.command:
            yield f"     `{line(one.command)}`"
