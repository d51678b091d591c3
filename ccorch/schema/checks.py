"""Which checks judge a run at its end."""

from typing import Annotated

from pydantic import Field

from ccorch.schema.base import Many, Value

Command = Annotated[Many[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
"""A program and its words, such as `[python, -m, pytest]`; no shell reads them."""


class Checks(Value):
    """What the verdict is made of, besides that every node passed."""

    route: bool = True
    """Whether the models that answered must be the ones that were planned."""
    write_scope: bool = True
    """Whether what writers changed must lie within their scope."""
    commands: Many[Command] = ()
    """Commands that try the project, such as `[[python, -m, pytest]]`; workflow nodes with `checks: true` run them
    in a worktree of what was written. They are the owner's to declare: a project's files and clients may not."""
