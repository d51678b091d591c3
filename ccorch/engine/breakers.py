"""The breakers of all profiles: told of every answer, asked before every start, kept beyond a restart."""

import time
from collections.abc import Callable, Container, Iterable

from ccorch.rules import breaker as rule
from ccorch.schema.breaker import Breaker, Standing, Trouble

Keep = Callable[[tuple[Breaker, ...]], None]
"""Keeps the breakers that are not closed."""


class BreakerPanel:
    """One breaker for each profile; everything happens on one event loop, so a start sees the latest answer."""

    def __init__(
        self,
        kept: Iterable[Breaker] = (),
        keep: Keep = lambda breakers: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._breakers = {breaker.profile: breaker for breaker in kept}
        self._keep = keep
        self._now = now
        self._troubles: dict[str, Trouble] = {}
        self._struck: set[str] = set()
        self._changed: Callable[[], None] = lambda: None

    def watch(self, changed: Callable[[], None]) -> None:
        """Have this called whenever a breaker has opened or closed."""
        self._changed = changed

    def of(self, profile: str) -> Breaker | None:
        """The breaker of a profile; None when it is closed."""
        return self._breakers.get(profile)

    def standing(self, profile: str, at_work: Container[str]) -> Standing:
        """Whether anything may start on a profile."""
        return rule.standing(self.of(profile), self._now(), at_work)

    def begun(self, profile: str, attempt: str) -> None:
        """An attempt starts there; where the breaker is half open it is the one that finds out."""
        breaker = self.of(profile)
        if breaker is not None:
            self._put(profile, rule.probing(breaker, attempt))

    def met(self, profile: str, attempt: str, trouble: Trouble) -> None:
        """A provider's answer to an attempt was trouble; what lasts opens the breaker at once."""
        self._troubles[attempt] = trouble
        if rule.opens(trouble):
            self._strike(profile, attempt, trouble)

    def answered(self, profile: str, attempt: str) -> None:
        """A provider has begun a whole answer to an attempt: what was wrong before is over for it."""
        self._troubles.pop(attempt, None)
        self._put(profile, rule.answered(self.of(profile), attempt))

    def trouble_of(self, attempt: str) -> Trouble | None:
        """What an attempt met last, if no answer followed."""
        return self._troubles.get(attempt)

    def ended(self, profile: str, attempt: str, is_shut: bool) -> None:
        """An attempt is over, because of what it met there or for another reason."""
        trouble = self._troubles.pop(attempt, None)
        if is_shut and trouble is not None and attempt not in self._struck:
            self._strike(profile, attempt, trouble)
        self._struck.discard(attempt)
        self._put(profile, rule.let_go(self.of(profile), attempt))

    def hurry(self, profile: str) -> bool:
        """Somebody does not want to wait: the next start there finds out. False when nothing is waited for."""
        breaker = self.of(profile)
        if breaker is None:
            return False
        self._put(profile, rule.hurried(breaker, self._now()))
        return True

    def _strike(self, profile: str, attempt: str, trouble: Trouble) -> None:
        self._struck.add(attempt)
        self._put(profile, rule.struck(self.of(profile), profile, trouble, attempt, self._now()))

    def _put(self, profile: str, breaker: Breaker | None) -> None:
        before = self.of(profile)
        if breaker == before:
            return
        if breaker is None:
            self._breakers.pop(profile)
        else:
            self._breakers[profile] = breaker
        self._keep(tuple(self._breakers.values()))
        self._changed()
