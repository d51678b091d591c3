"""By what an attempt is known everywhere, and under which names its files lie in the folder of its run."""

from dataclasses import dataclass
from typing import Literal

AttemptFile = Literal[
    "prompt.md",
    "stream.ndjson",
    "exit.json",
    "answer.md",
    "answer-full.md",
    "handoff.json",
    "change.json",
    "checkout.json",
    "diff.patch",
    "setup.log",
    "verdict.json",
]


@dataclass(frozen=True)
class AttemptId:
    """One execution of one node of one run."""

    run: str
    node: str
    attempt: int

    def __str__(self) -> str:
        return f"{self.run}/{self.node}/{self.attempt}"


def attempt_folder(node: str, attempt: int) -> str:
    """The folder of an attempt, relative to its run's; the node is one of the plan."""
    return f"nodes/{node}/{attempt}"


def attempt_file(node: str, attempt: int, name: AttemptFile) -> str:
    """A file of an attempt, relative to its run's folder."""
    return f"{attempt_folder(node, attempt)}/{name}"
