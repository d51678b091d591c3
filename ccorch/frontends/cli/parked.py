"""Parked nodes on the screen: which, why, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.operations.parked import until
from ccorch.rules.amounts import some
from ccorch.schema.ids import short_id

if TYPE_CHECKING:
    from ccorch.schema.summary import RunSummary

MOST_NAMED = 5
"""Nodes that are named one by one."""


def parked(summary: RunSummary, run: str, screen: Screen) -> Iterator[str]:
    """A line for each profile on which nodes of the run wait."""
    if summary.ended_at is not None:
        return
    for shut in summary.shut:
        names = [node.id for node in summary.nodes if summary.parked(node) is shut]
        if not names:
            continue
        said = f"{some(names, MOST_NAMED)} parked: {until(shut)}; `ccorch resume {short_id(run)}` tries at once"
        yield from (screen.styled(text, "yellow") for text in wrapped(said, screen.width))
