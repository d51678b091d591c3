"""What several workers say of the same: where they agree, where they contradict each other, what stays open."""

from typing import Literal

from ccorch.schema.base import Many, Value

Decision = Literal["majority", "unanimous", "first"]
"""How votes are counted: more than half say pass, all do, or one does, the first of whom is taken."""


class Saying(Value):
    """What one worker says."""

    node: str
    """Who says it."""
    role: str
    """As what."""
    says: str
    """In their own words, or as a status or severity."""
    place: str = ""
    """file or file:line that it is about, where they name one."""


class Agreement(Value):
    """Something that several found independently."""

    about: str
    """What it is, in the words of one of them."""
    sayings: Many[Saying]
    """Who found it, and what each calls it."""


class Conflict(Value):
    """Something on which they differ."""

    about: str
    """What it is."""
    kind: Literal["status", "severity"]
    """Whether they differ on how it stands in all, or on how bad one thing is."""
    sayings: Many[Saying]
    """What each says."""


class Tally(Value):
    """The votes of one gate."""

    gate: str
    """The gate that counts them."""
    rule: Decision
    """How they are counted."""
    ballots: Many[Saying]
    """Every vote."""
    missing: Many[str] = ()
    """Voters who have given none."""
    counts: dict[str, int]
    """How many voted what."""
    is_tie: bool
    """Whether the most votes were given to several."""
    passes: bool
    """Whether the rule is met."""
    taken: str | None = None
    """Of rule first: the first voter in declared order who says pass."""


class TeamView(Value):
    """Several handoffs side by side; everything in it was said by somebody who is named."""

    agreements: Many[Agreement] = ()
    """Found by several."""
    conflicts: Many[Conflict] = ()
    """Told differently."""
    questions: Many[Saying] = ()
    """What somebody could not tell or did not look at."""
    tallies: Many[Tally] = ()
    """Votes."""
