"""Handoffs on the screen with what is wrong with them, templates, and the words that ask for better ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli import handoffs
from ccorch.frontends.cli.layout import MARGIN, quoted, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.plain import line
from ccorch.schema.ids import short_id

if TYPE_CHECKING:
    from ccorch.operations.handoffs import HandedOver, HandoffReply, MendReply, TemplateReply


def template(reply: TemplateReply, screen: Screen) -> Iterator[str]:
    """The smallest handoff of a contract, ready to be filled in; --json has the schema too."""
    yield from json.dumps(reply.example, indent=2, ensure_ascii=False).splitlines()


def judged(reply: HandoffReply, screen: Screen) -> Iterator[str]:
    """Each handoff, and all that is wrong with it."""
    if not reply.handoffs:
        yield "nothing was handed over"
    for one in reply.handoffs:
        yield screen.styled(_head(one), "bold")
        if one.handoff is not None:
            yield from quoted(handoffs.lines(one.handoff, screen.width - len(MARGIN)))
        for problem in one.problems:
            for text in wrapped(f"! {line(problem)}", screen.width):
                yield screen.styled(text, "red")
        yield ""


def mended(reply: MendReply, screen: Screen) -> Iterator[str]:
    """What the worker is told, and whether it was."""
    for text in reply.words.splitlines():
        yield from wrapped(line(text), screen.width)
    if reply.how is None:
        yield f"nothing was said yet; `ccorch handoff repair {short_id(reply.run_id)} {reply.node} --send` says it"
    else:
        yield f"{reply.node} was told; `ccorch wait {short_id(reply.run_id)}` waits for its end"


def _head(one: HandedOver) -> str:
    whose = "" if one.node is None else f"{one.node} · attempt {one.attempt} · "
    counts = "" if one.counts or one.node is None else " · does not count"
    return f"── {whose}{one.role} · {'valid' if one.valid else 'invalid'}{counts}"
