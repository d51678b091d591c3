"""The words for where runs and nodes stand, and for what a subscription pays."""

from typing import Literal

RunStatus = Literal[
    "queued", "running", "recovering", "parked", "needs_rerun", "done", "failed", "timed_out", "cancelled"
]
NodeStatus = Literal["waiting", "running", "passed", "omitted", "failed", "skipped"]
OVER: tuple[RunStatus, ...] = ("done", "failed", "timed_out", "cancelled")

Covered = Literal["all", "part"]
"""How much of the use is paid by a subscription, for which there is no money to tell."""


def ending(outcome: str, passed: bool) -> str:
    """How an attempt ended, in a word or two: that it passed, that it did not, or what ended it."""
    return outcome if outcome != "done" else "passed" if passed else "did not pass"
