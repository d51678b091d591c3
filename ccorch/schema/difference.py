"""What a difference is in short: its files, lines and kinds of risk."""

from typing import Literal

from ccorch.schema.base import Many, Value

Risk = Literal[
    "dependencies",
    "ci",
    "secrets",
    "git",
    "agents",
    "build",
    "deploy",
    "config",
    "access",
    "data",
    "server",
    "tests",
]
"""What a path may mean, by whole names of its folders and file."""


class FileDifference(Value):
    """One changed file."""

    path: str
    """Path from the project's root."""
    kind: Literal["added", "deleted", "modified", "renamed", "copied"]
    """What happened to it."""
    old_path: str | None = None
    """Where it was before, when it was renamed or copied."""
    added: int
    """Lines that were added."""
    deleted: int
    """Lines that were taken away."""
    binary: bool = False
    """Whether its lines cannot be counted."""
    mode: str | None = None
    """Modes before and after, when they differ."""
    risks: Many[Risk] = ()
    """What it may mean."""


class Difference(Value):
    """A whole change."""

    files: Many[FileDifference]
    """The files, in git's order."""
    added: int
    """Lines that were added."""
    deleted: int
    """Lines that were taken away."""
    risks: Many[Risk]
    """Every class of risk, by its files."""
    needs_tests: bool
    """Whether tests should be run: anything but tests and texts changed, or any class of risk besides tests."""
    tests_changed: bool
    """Whether tests are among the files."""
