"""What rules judged about a run's evidence; never the worker's own claim."""

from typing import Literal

from ccorch.schema.base import Many, Value
from ccorch.schema.checks import Command
from ccorch.schema.difference import Risk

Judgement = Literal["pass", "fail", "blocked", "unknown"]


class Check(Value):
    """One thing that was judged."""

    name: str
    """What was checked."""
    judgement: Judgement
    """unknown is never pass; blocked could not be judged because something else is missing."""
    reason: str
    """Why, with the values."""
    evidence: Many[str] = ()
    """Artifacts to look at."""


class Subject(Value):
    """What was verified: a run's result, beside what it is measured against."""

    base: str
    """Commit that the run began with."""
    result: str
    """Commit that holds what all its writers made."""
    lane: str = ""
    """The lane whose result it is, where there are several."""
    files: int
    """How many files differ."""
    added: int
    """Lines that came."""
    deleted: int
    """Lines that went."""
    risks: Many[Risk] = ()
    """Every class of risk, by the names of the files."""
    needs_tests: bool | None = None
    """Whether a command should try it, because it is more than tests and documents; null in verdicts of earlier
    versions."""
    commands: Many[Command] = ()
    """Commands that tried it."""
    invariants: Many[Command] = ()
    """Those of them that were to pass before as well."""
    protected: Many[str] = ()
    """Globs of files that were taken from the base for that."""
    own_edits: bool = False
    """Whether whoever asked said that what changed in the checkout meanwhile was their own doing."""


class Verdict(Value):
    """All checks of a run and what follows from them."""

    judgement: Judgement
    """The worst of the checks."""
    checks: Many[Check]
    """Each check."""
    subject: Subject | None = None
    """What `verify` looked at; null in the verdict that is written when a run ends, on which nothing was tried."""
    at: float | None = None
    """Unix time when it was verified."""
