"""The words for where runs and nodes stand, and for what a subscription pays."""

from typing import Literal

RunStatus = Literal[
    "queued", "running", "recovering", "parked", "needs_rerun", "done", "failed", "timed_out", "cancelled"
]
NodeStatus = Literal["waiting", "running", "passed", "omitted", "failed", "skipped"]
OVER: tuple[RunStatus, ...] = ("done", "failed", "timed_out", "cancelled")

Covered = Literal["all", "part"]
"""How much of the use is paid by a subscription, for which there is no money to tell."""

Outcome = Literal[
    "done",
    "refused",
    "no_handoff",
    "empty",
    "route_mismatch",
    "turns_spent",
    "budget_spent",
    "auth_failed",
    "api_error",
    "quota_spent",
    "overloaded",
    "declined",
    "output_spent",
    "stalled",
    "no_progress",
    "timed_out",
    "stopped",
    "killed",
    "start_failed",
    "gate_failed",
    "failed",
]
"""How an attempt ended. `done` passed; `refused` passed with refused tool calls; all others did not pass."""


def ending(outcome: str, passed: bool) -> str:
    """How an attempt ended, in a word or two: that it passed, that it did not, or what ended it."""
    return outcome if outcome != "done" else "passed" if passed else "did not pass"
