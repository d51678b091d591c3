"""What is wrong with an authored workflow, and where."""

from dataclasses import dataclass

GUESSED = 50
"""Faults of a kind that come with a guess: more are not told one by one."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a workflow."""

    key: str
    """Dotted key of the configuration; of a workflow that stands within another, behind `part:NAME`."""
    message: str
