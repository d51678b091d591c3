"""Which runs may be packed or cleaned away: over, old enough, and nothing open."""

from dataclasses import dataclass

from ccorch.schema.status import OVER, RunStatus

DAY = 86_400.0


@dataclass(frozen=True)
class Standing:
    """What is known of a run when somebody wants to keep house."""

    run: str
    status: RunStatus
    ended_at: float | None
    """When it was over, as its log says."""
    has_worktree: bool = False
    """Whether a working copy of it is still there."""
    is_unmerged: bool = False
    """Whether it made commits that no branch holds."""
    is_decided: bool = False
    """Whether somebody has accepted, exported, rejected or taken back its result."""


def why_kept(known: Standing, now: float, days: float) -> str | None:
    """Why a run is left alone, in words; null when it may go."""
    if known.status not in OVER or known.ended_at is None:
        return "it is not over"
    if known.has_worktree:
        return "a worktree of it is still there"
    if known.is_unmerged and not known.is_decided:
        return "its work is in no branch and nobody has decided about it"
    if now - known.ended_at < days * DAY:
        return f"it ended less than {days:g} days ago"
    return None
