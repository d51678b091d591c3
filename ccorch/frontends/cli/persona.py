"""The persona section on the screen, and what came of each file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccorch.frontends.cli.layout import wrapped
from ccorch.frontends.cli.screen import Screen
from ccorch.rules.plain import line, plain

if TYPE_CHECKING:
    from ccorch.operations.persona import PersonaReply, PersonaWrittenReply

WOULD = {
    "made": "would be made with the section",
    "updated": "its section would be brought up to date",
    "added": "the section would be added at its end",
    "replaced": "would be written anew",
}
DID = {
    "made": "made with the section",
    "updated": "its section is up to date now",
    "added": "the section was added at its end",
    "replaced": "written anew",
}


def shown(reply: PersonaReply, screen: Screen) -> Iterator[str]:
    """The section as it would stand in the file."""
    yield from plain(reply.text).rstrip("\n").split("\n")


def written(reply: PersonaWrittenReply, screen: Screen) -> Iterator[str]:
    """A line a file."""
    said_of = WOULD if reply.dry_run else DID
    for one in reply.files:
        name = line(one.path)
        match one.outcome:
            case "same":
                yield f"{name}: as it should be"
            case "kept":
                said = f"{name}: has no section and was left alone; `ccorch persona write {name} --append` adds it"
                yield from wrapped(said, screen.width)
            case outcome:
                kept = f"; what it was is in {line(one.backup)}" if one.backup else ""
                yield from wrapped(f"{name}: {said_of[outcome]}{kept}", screen.width)
