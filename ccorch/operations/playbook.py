"""The verb that tells controllers how to work with ccorch, from a page that the package brings."""

from pathlib import Path

from ccorch.config.layers import packaged_folder
from ccorch.operations.house import House
from ccorch.schema.base import Value
from ccorch.schema.knowing import PlaybookRequest


class PlaybookReply(Value):
    """The page."""

    markdown: str
    """All of it."""


def playbook(house: House, request: PlaybookRequest) -> PlaybookReply:
    """How a controller works with ccorch."""
    return PlaybookReply(markdown=Path(packaged_folder("conf"), "playbook.md").read_text(encoding="utf-8"))
