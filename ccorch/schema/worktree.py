"""What a fresh worktree is given before anybody works in it."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ccorch.schema.base import Many, Value
from ccorch.schema.checks import Command


def _within(path: str) -> str:
    """Refuse a path that does not stay in the project by its own words."""
    parts = path.split("/")
    if path.startswith(("/", "~")) or not {"", ".", ".."}.isdisjoint(parts) or ".git" in parts:
        raise ValueError(f"{path!r} must be a plain path within the project, such as `config/local.yaml`")
    return path


Within = Annotated[str, Field(min_length=1), AfterValidator(_within)]
"""A path relative to the project, without `.`, `..` and `.git`."""


class PortRange(Value):
    """Network ports of a worktree, so that servers of several lanes do not meet."""

    first: Annotated[int, Field(ge=1024, le=65_000)] = 20_000
    """First port of the plan's first worktree."""
    each: Annotated[int, Field(ge=1, le=1000)] = 10
    """Ports of each one; the next one's begin after them."""


class Worktree(Value):
    """How a fresh worktree is set up; all but `ports` is the owner's to declare."""

    copied: Many[Within] = ()
    """Files and folders of the project's checkout that git does not keep and that are copied into the worktree."""
    linked: Many[Within] = ()
    """The same, but as links to the checkout: nothing is copied, and who writes there writes in the checkout."""
    commands: Many[Command] = ()
    """Commands that are then run in it one after the other, such as `[[npm, ci]]`; they may not change what git
    tracks. They are the owner's to declare: a project's files and clients may not."""
    kept: Many[Within] = ()
    """What the commands make and later worktrees are given in their place, such as `node_modules`."""
    kept_for: Many[Within] = ()
    """Files on whose content that depends, such as `package-lock.json`; other content has the commands run anew."""
    seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    """Longest time of all commands together."""
    ports: PortRange | None = None
    """Ports by `CCORCH_PORT` (the first) and `CCORCH_PORTS` (how many), for workers and commands; null is none."""

    @property
    def is_plain(self) -> bool:
        """Whether nothing is done to it."""
        return not (self.copied or self.linked or self.commands)
