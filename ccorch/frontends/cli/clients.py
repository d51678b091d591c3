"""How clients are told of ccorch, on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.screen import Screen
from ccorch.rules.plain import line

if TYPE_CHECKING:
    from ccorch.operations.installing import McpInstallReply, McpWarmReply


def installed(reply: McpInstallReply, screen: Screen) -> Iterator[str]:
    """The entry, and what became of it."""
    yield from reply.snippet.rstrip("\n").split("\n")
    yield ""
    if reply.applied:
        yield f"written to {line(reply.path)}" + (f"; as it was: {line(reply.backup)}" if reply.backup else "")
    elif reply.changed:
        yield f"belongs in {line(reply.path)}; --apply writes it there after a backup"
    else:
        yield f"stands in {line(reply.path)} already"
    for path in reply.skill:
        yield f"skill: {line(path)}"
    for name in reply.gone:
        yield screen.styled(f"! the program of server {line(name)} in that file is not there any more", "yellow")
    if reply.warm:
        yield f"{len(reply.warm)} first questions are answered at once from now on"
    if reply.changed and reply.client == "claude":
        yield "unattended: claude -p … --allowedTools mcp__ccorch"


def warmed(reply: McpWarmReply, screen: Screen) -> Iterator[str]:
    """What is kept."""
    for name in reply.kept:
        yield f"kept {line(name)}"
