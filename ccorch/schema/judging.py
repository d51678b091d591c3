"""What a caller can ask about what runs have made: judge it, take it, refuse it, take it back."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value


class VerifyRequest(Value):
    """Judge a run that is over by its evidence and by commands that try its result; only pass exits with 0."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, never another project's."""
    test: Many[str] = ()
    """Command that tries the result, such as "python -m pytest"; one that passes on the old code proves nothing."""
    invariant: Many[str] = ()
    """Command that passes on the old code, too, and must go on passing, such as a linter."""
    planted: Many[str] = ()
    """File with a fault as a unified diff against the result: what fails on it can fail, and some command must."""
    protect: Many[str] = ()
    """Glob of files that judge, such as tests/**: taken from the base, and not to be touched by the change."""
    lane: str | None = None
    """Which lane's result is meant, where several wrote."""
    own_edits: bool = False
    """Say that what changed in the project's own checkout while the run worked was your doing."""
    timeout: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    """Most seconds for each command; 0 takes checks.seconds."""


class AcceptRequest(Value):
    """Bring the result of a run with a passing verdict into a branch; the checkout's open work is never touched."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, never another project's."""
    into: str | None = None
    """Branch; none takes the one that is checked out, one that does not exist is made."""
    how: Literal["ff", "squash", "merge"] = "squash"
    """squash makes one commit of it, merge keeps the workers' commits, ff forwards a branch that has not moved."""
    patch: str | None = None
    """New file to write the change to as a patch; no branch is touched then."""


class RejectRequest(Value):
    """Write down that a run's result is not wanted; it stays at its refs."""

    run: str
    """Run id or a unique beginning of it."""
    reason: str
    """Why, for the record."""


class RollbackRequest(Value):
    """Undo an accepted run by a commit that reverts it; without --yes only tell what would be done."""

    run: str
    """Run id or a unique beginning of it."""
    yes: bool = False
    """Do it."""


class DecideRequest(Value):
    """Accept, reject or roll back a run, for clients with one tool for all three; the ceiling must allow it."""

    run: str
    """Run id or a unique beginning of it."""
    decision: Literal["accept", "reject", "rollback"]
    """What is decided; accept needs a passing verdict."""
    reason: str = ""
    """Why, for the record."""
    into: str | None = None
    """Branch to accept into; none takes the one that is checked out."""
    how: Literal["ff", "squash", "merge"] = "squash"
    """How it comes in."""


class DiffRequest(Value):
    """Tell a change in short: files, lines, renames, classes of risk, and whether it needs tests."""

    run: str | None = None
    """Run id or a unique beginning of it; none means the project's uncommitted and untracked files."""


class ScanRequest(Value):
    """Look for secrets; exit status 1 when there is a leak. Kinds and places are told, values never."""

    target: str | None = None
    """Run, file or folder; none means the project's uncommitted and untracked lines."""
    stdin: bool = False
    """Look at standard input."""
    all: bool = False
    """Tell placeholders and identifiers, too."""


class ReviewRequest(Value):
    """Weigh an action by facts about runs: approve, revise or block; only approve exits with 0."""

    action: str
    """What is to be done, for the record; nothing that it says counts."""
    run: Many[str] = ()
    """Run that it rests on, by id or a unique beginning of it."""
    evidence: Many[str] = ()
    """Artifact of these runs that must exist, such as verdict.json."""
    supervisor: Many[str] = ()
    """Override, such as profile=NAME, of a run of role supervisor that looks, too; it may object, never approve."""


class ScoreRequest(Value):
    """Record how good a run's work was, for the models that answered; without words by what is known of it."""

    run: str | None = None
    """Run id or a unique beginning of it; none means this project's latest run, never another project's."""
    node: str | None = None
    """Only this node."""
    solved: Literal["yes", "no"] | None = None
    """Whether the task was solved; none takes whether the node passed."""
    rework: Literal["yes", "no"] | None = None
    """Whether it has to be done again; none takes whether it was not solved."""
    hallucination: bool = False
    """Say that it claimed what does not hold."""
    notes: str = ""
    """Why, for the record."""
