"""Prompts on the screen: the list, a file, and the words that workers read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import table, wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.plain import line, plain

if TYPE_CHECKING:
    from ccorch.operations.prompts import PromptReply, PromptsReply, RenderedReply


def listing(reply: PromptsReply, screen: Screen) -> Iterator[str]:
    """Every prompt with its roles and values."""
    rows = [
        (
            one.name,
            ", ".join(one.roles) or "any",
            ", ".join(one.values) or "-",
            one.layer,
            one.problem or one.summary,
        )
        for one in reply.prompts
    ]
    heads = ("prompt", "for roles", "values", "layer", "about")
    yield from table(heads, rows, screen.room, gives="about", drops=("layer", "values"))


def shown(reply: PromptReply, screen: Screen) -> Iterator[str]:
    """The file as it is written, its place first."""
    yield f"# {line(reply.place)}"
    yield from plain(reply.text).rstrip("\n").split("\n")


def rendered(reply: RenderedReply, screen: Screen) -> Iterator[str]:
    """The words, and how to use them."""
    yield from plain(reply.words).split("\n")
    yield ""
    yield from wrapped(f"use it with `{line(reply.use)}`", screen.width)
