"""What the verbs about the workspace answer."""

from ccorch.schema.base import Many, Value
from ccorch.schema.places import FolderPolicy


class PlaceUse(Value):
    """A place of the folder policy and what lies in it."""

    name: str
    """Its name."""
    path: str
    """Where it lies: relative to the project, or in the state folder with its whole path."""
    purpose: str
    """What it is for."""
    exists: bool
    """Whether it is there."""
    entries: int
    """Things directly in it."""
    bytes: int
    """Size of all files below it."""


class RawEvidence(Value):
    """Private evidence of a run: raw streams and Claude's own transcript."""

    run: str
    """Run."""
    bytes: int
    """Size."""
    until: float | None
    """When it is deleted; null while the run is not over."""
    lost: bool
    """Whether there is no such run any more."""


class ArchiveRow(Value):
    """An archive."""

    name: str
    """Its name."""
    bytes: int
    """Its size."""
    runs: Many[str]
    """Runs in it."""
    problem: str | None
    """Why it cannot be used; null when it can."""


class Dangling(Value):
    """A reference that leads nowhere."""

    what: str
    """What refers, in words."""
    command: str | None
    """What mends it; null when that is for a person to decide."""


class WorkspaceReply(Value):
    """What lies where."""

    project: str
    """The project."""
    places: Many[PlaceUse]
    """Every place with its size."""
    raw: Many[RawEvidence]
    """Private evidence."""
    archives: Many[ArchiveRow]
    """Archives."""
    dangling: Many[Dangling]
    """References that lead nowhere."""
    strays: Many[str]
    """What lies in the workspace without a place in the folder policy."""


class Action(Value):
    """One thing that was done, or would be."""

    action: str
    """What: delete a run, a draft, private evidence or refs; or pack a run."""
    what: str
    """Run or path."""
    bytes: int
    """What it takes up."""
    ended_at: float | None = None
    """When the run was over."""
    problem: str | None = None
    """Why it was left as it is after all; null when it was done, or nothing was to be done."""


class Kept(Value):
    """Why runs were left alone."""

    reason: str
    """Why."""
    runs: Many[str]
    """Some of them."""
    count: int
    """How many there are."""


class Held(Value):
    """Work that no branch holds, and that git keeps at refs/ccorch/RUN whatever is deleted or packed."""

    run: str
    """Run that made it."""
    commit: str
    """Commit, which `git branch NAME COMMIT` brings to a branch."""


class UpkeepReply(Value):
    """What upkeep did, or would do."""

    applied: bool
    """Whether it was done."""
    actions: Many[Action]
    """Each thing."""
    kept: Many[Kept]
    """What was left alone, and why."""
    held: Many[Held] = ()
    """Some of the work that git keeps and no branch holds."""
    held_count: int = 0
    """Of how many runs there is such work."""
    bytes: int
    """Bytes of all of it."""
    archive: str | None = None
    """Archive that was written."""
    next: str | None = None
    """Command to go on with."""


class RestoreReply(Value):
    """What was brought back."""

    archive: str
    """From which archive."""
    runs: Many[str]
    """Runs that are here again."""


class Judged(Value):
    """A path judged by the folder policy."""

    path: str
    """The path."""
    place: str
    """Name of the place that it lies in."""
    worker: bool
    """Whether a worker of this project may write there."""
    keeper: bool
    """Whether upkeep may write or delete there."""


class PolicyReply(Value):
    """The folder policy."""

    policy: FolderPolicy
    """All of it."""
    judged: Many[Judged]
    """The paths that were asked about."""
