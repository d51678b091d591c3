"""The words for where runs and nodes stand, and for what a subscription pays."""

from typing import Literal

RunStatus = Literal[
    "queued", "running", "recovering", "parked", "needs_rerun", "done", "failed", "timed_out", "cancelled"
]
NodeStatus = Literal["waiting", "running", "passed", "omitted", "failed", "skipped"]
OVER: tuple[RunStatus, ...] = ("done", "failed", "timed_out", "cancelled")

Covered = Literal["all", "part"]
"""How much of the use is paid by a subscription, for which there is no money to tell."""
