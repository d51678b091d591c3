"""How a run went on in a dozen lines, and what its controller best does next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import cells, cut, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.amounts import span
from ccorch.rules.plain import line
from ccorch.schema.ids import short_id

if TYPE_CHECKING:
    from ccorch.schema.next_step import NextStep
    from ccorch.views.milestones import Milestone, Milestones

MOST_CHOICES = 4
"""Commands of one step."""


def story(found: Milestones, run: str, screen: Screen) -> Iterator[str]:
    """When what happened, and how long it took."""
    if not found.told:
        return
    from ccorch.views.milestones import FIRST  # `list` gets by without what makes stories

    rows = [_milestone(one) for one in found.told]
    # a column that says nothing only takes room
    kept = [place for place in range(4) if place in (0, 3) or any(row[place] for row in rows)]
    heads, *shown = [[row[place] for place in kept] for row in (("after", "took", "node", "what"), *rows)]
    lines = cut(heads, shown, screen.room, "what", ("took",))
    yield screen.styled(lines[0], "dim")
    yield from lines[1 : FIRST + 1]
    if found.left_out:
        yield f"… {found.left_out} more; `ccorch show {short_id(run)} --view timeline` tells them"
    yield from lines[FIRST + 1 :]


def _milestone(one: Milestone) -> tuple[str, ...]:
    return (span(one.since), "" if one.seconds is None else span(one.seconds), one.node or "", one.text)


def step(found: NextStep, run: str, screen: Screen) -> Iterator[str]:
    """What is recommended and why, with the commands among which one chooses; looking here is none."""
    yield from wrapped(f"next: {found.action.replace('_', ' ')}: {line(found.reason)}", screen.room)
    if found.action == "answer":
        return  # each question stands above with the commands that answer it
    others = [one for one in found.choices if one.command != f"ccorch show {short_id(run)}"][:MOST_CHOICES]
    wide = max((cells(one.command) for one in others), default=0)
    for one in others:
        gap = " " * (wide - cells(one.command) + 2)
        yield from wrapped(f"`{line(one.command)}`{gap}{one.means}", screen.room, "  ")
