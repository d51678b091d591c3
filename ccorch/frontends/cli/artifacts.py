"""The files of a run on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import table
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.plain import line, plain

if TYPE_CHECKING:
    from ccorch.operations.artifacts import ArtifactListReply, ArtifactReadReply


def listing(reply: ArtifactListReply, screen: Screen) -> Iterator[str]:
    """A page of files."""
    if not reply.artifacts:
        yield f"run {reply.run_id} has no such file"
        return
    rows = [(line(one.path), str(one.bytes), one.sha256[:12]) for one in reply.artifacts]
    yield from table(("file", "bytes", "sha256"), rows, screen.room, gives="file", drops=("sha256",))
    if reply.next_cursor is not None:
        yield f"{len(reply.artifacts)} of {reply.total}; --cursor {reply.next_cursor} goes on"


def text(reply: ArtifactReadReply, screen: Screen) -> Iterator[str]:
    """Lines of a file, as they stand."""
    for one in reply.lines:
        yield plain(one.text)
    if not reply.lines:
        screen.note(f"no such line; the file has {reply.total}")
    if reply.next is not None:
        screen.note(f"{reply.total} lines in all; --start {reply.next} goes on")
