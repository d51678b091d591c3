"""What was found out about project and machine before a plan is built."""

from dataclasses import dataclass, field

from ccorch.schema.ceiling import Ceiling
from ccorch.schema.experience import Experience
from ccorch.schema.plan import Attachment, Cli
from ccorch.schema.price import Prices
from ccorch.schema.profile import Profile


@dataclass(frozen=True)
class Facts:
    """What was found out about project and machine; the plan is a pure function of this and the lanes."""

    profiles: tuple[Profile, ...]
    ceiling: Ceiling
    experience: Experience = field(default_factory=Experience)
    """What was measured of models."""
    prices: Prices | None = None
    """Prices that a profile source keeps itself; they come before the packaged ones."""
    cli: Cli | None = None
    commit: str | None = None
    dirty: str | None = None
    attachments: tuple[Attachment, ...] = ()
    script: str | None = None
    script_sha256: str | None = None
