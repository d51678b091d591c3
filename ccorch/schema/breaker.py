"""What a provider's refusals mean for those that have not started: troubles, and the breakers that they open."""

from typing import Literal

from ccorch.schema.base import Many, Value

ErrorClass = Literal["quota", "overload", "auth", "refusal"]
"""Why a route may be left for its fallback: quota spent, provider overloaded, credential or answer refused."""

Standing = Literal["closed", "open", "half_open"]
"""closed lets everybody start, open nobody, half_open one who finds out."""


class Trouble(Value):
    """What is wrong with a route, as its provider's answer tells it."""

    error: ErrorClass
    """Class of error."""
    lasting: bool
    """Whether asking again within seconds is pointless; what passes is ridden out by the client's own retries."""
    said: str
    """Status and kind of the answer; none of the provider's words, which may quote a credential."""
    window: str = ""
    """Which of the provider's limits it is, such as `5h`; empty when it does not say."""
    until: float | None = None
    """Unix time at which the provider says it is over; null when it does not say."""


class Window(Value):
    """A limit of a provider that is used up."""

    name: str
    """Which one; empty when the provider does not say."""
    until: float
    """Unix time at which it is looked at again."""
    told: bool
    """Whether that time is the provider's own; else it is reckoned."""


class Breaker(Value):
    """A profile on which nothing starts; a closed one does not exist."""

    profile: str
    """Key of the profile."""
    error: Literal["quota", "overload"]
    """Why."""
    windows: Many[Window]
    """What has to be over before anything is tried."""
    opened_at: float
    """Unix time when it was opened last."""
    strikes: int = 1
    """How often in a row it was opened."""
    probe: str | None = None
    """The attempt that finds out whether it is over; null when none does."""
    said: str = ""
    """Status and kind of the answer that opened it."""

    @property
    def until(self) -> float:
        """Unix time at which one attempt may find out; every limit that is used up has to be over."""
        return max(window.until for window in self.windows)


class Breakers(Value):
    """All breakers of this user's machine, as they are kept in the state folder."""

    version: int = 1
    """Version of this format."""
    breakers: Many[Breaker] = ()
    """Those that are not closed."""
