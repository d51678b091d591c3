"""Where models are served, and what of it travels to the daemon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.schema.price import Prices
    from ccorch.schema.profile import Hint, Profile
    from ccorch.schema.profile import Profiles as Sources
    from ccorch.schema.run import Launch


@dataclass(frozen=True)
class Carried:
    """What of profiles travels from the caller to the daemon, besides the plan."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Credentials by the name under which `secret` looks for them: a variable, or `profile:KEY`."""
    logins: Mapping[str, str] = field(default_factory=dict)
    """Config folder of the user's own login by the key of its profile."""


class Profiles(Protocol):
    """Where models are served, and the credentials for them."""

    def all(self, sources: Sources) -> tuple[Profile, ...]:
        """Every profile of these sources, usable or with the reason why not."""
        ...

    def prices(self, sources: Sources) -> Prices | None:
        """Prices that a source keeps itself; null when none does."""
        ...

    def hints(self, sources: Sources) -> Mapping[str, Hint]:
        """What is known of profiles today, by their keys; a profile of which nothing is known may be left out."""
        ...

    def notes(self, sources: Sources) -> tuple[str, ...]:
        """What of the sources could not be read or is left out, in sentences."""
        ...

    def carried(self, profiles: Sequence[Profile]) -> Carried:
        """What only the caller can find out for these profiles; raises ProfileUnusable."""
        ...

    def secret(self, profile: Profile, launch: Launch) -> str:
        """The credential; raises ProfileUnusable saying where it was looked for."""
        ...
