"""Which checks judge a run at its end, and which commands try its result."""

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
    checkout: bool = True
    """Whether the project's own checkout must have stayed as it was while writers worked."""
    commands: Many[Command] = ()
    """Commands that try the project, such as `[[python, -m, pytest]]`; workflow nodes with `checks: true` run them
    in a worktree of what was written. They are the owner's to declare: a project's files and clients may not."""
    invariants: Many[Command] = ()
    """Commands that pass before the change and must go on passing, such as a linter; any other must fail on what
    the run began with, or it proves nothing. They are the owner's to declare, too."""
    protected: Many[str] = ()
    """Globs of files that judge, such as `tests/**`: they are taken from the base before commands try the result,
    and a change that touches them does not pass."""
    tests: Many[str] = ("tests/**", "test/**", "**/test_*", "**/*_test.*", "**/*.test.*", "**/*.spec.*")
    """Globs of files that are tests: those that a change brings are tried on the old code as well."""
    keep_tests: bool = True
    """Whether a change that deletes a test does not pass."""
    need_tests: bool = True
    """Whether a change of anything but tests, texts and pictures needs a command that tries it; dependencies, CI,
    secrets and what git and agents read need one in any kind of file."""
    seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    """Longest time of one command."""
