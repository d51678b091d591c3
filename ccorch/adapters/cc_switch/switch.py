"""The providers that a user keeps in CC Switch, as profiles."""

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.adapters.cc_switch import json_era
from ccorch.adapters.cc_switch.database import WAIT, Unreadable, is_there, read
from ccorch.adapters.cc_switch.home import DATABASE, OLDER, discover, expand, read_object
from ccorch.adapters.cc_switch.prices import NAME as PRICE_FILE
from ccorch.adapters.cc_switch.prices import PriceRows, prices, table
from ccorch.adapters.cc_switch.rows import Store, store
from ccorch.adapters.cc_switch.spend import NOTHING, Spend, spends
from ccorch.errors import ProfileUnusable
from ccorch.rules import cc_switch as rules
from ccorch.rules.cc_switch import Around, Reading, SwitchProfile
from ccorch.schema.price import Prices

if TYPE_CHECKING:
    from ccorch.rules.reconcile import SwitchLog

__all__ = ["CcSwitch", "Spend"]


class CcSwitch:
    """One look at CC Switch's files: the same answers for its lifetime, except for credentials."""

    def __init__(
        self,
        environment: Mapping[str, str],
        folder: str | None = None,
        *,
        now: Callable[[], float] = time.time,
        wait: float = WAIT,
    ) -> None:
        self._home = discover(environment, folder)
        self._environment = dict(environment)
        self._now = now
        self._wait = wait

    def __repr__(self) -> str:
        return f"CcSwitch({str(self._home.data)!r})"

    @property
    def installed(self) -> bool:
        """Whether there is anything of CC Switch to read."""
        return self._home.installed

    @property
    def expected(self) -> bool:
        """Whether something should be there to read: its folder is there, or somebody said where it is."""
        return self._home.expected

    @property
    def problem(self) -> str | None:
        """Why no provider could be read, and what to do; null when they could."""
        return self._look[2]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was left out or could not be applied, and why nothing was read; the profiles have their own."""
        found, _, problem = self._look
        said = (*self._home.warnings, *self._device[1], *((problem,) if problem else ()))
        return (*said, *(found.warnings if found else ()), *self._prices[1])

    def profiles(self) -> tuple[SwitchProfile, ...]:
        """Every provider for Claude in CC Switch's order, launchable or with the reason why not."""
        return self._profiles

    def secret(self, profile_id: str, base_url: str | None = None) -> str:
        """The credential as it is now; with `base_url`, only if it still belongs to that endpoint."""
        try:
            found, _ = self._read()
        except Unreadable as problem:
            raise ProfileUnusable(f"CC Switch's providers cannot be read: {problem}") from None
        reading = next((one for one in self._readings(found) if one.profile.id == profile_id), None)
        if reading is None:
            raise ProfileUnusable(f"provider {profile_id!r} is no longer in CC Switch")
        return _credential(reading, base_url)

    def prices(self) -> Prices:
        """CC Switch's price list in US dollars per million tokens, before any multiplier."""
        return self._prices[0]

    def spend(self, profile_id: str) -> Spend | None:
        """What went through CC Switch's proxy to this provider; null when it is not recorded."""
        return None if self._spends is None else self._spends.get(profile_id, NOTHING)

    def logged(self, since: float, until: float, days: tuple[str, str]) -> "SwitchLog | None":
        """Requests that CC Switch has logged between these moments; null when it keeps no log that can be read."""
        from ccorch.adapters.cc_switch.logged import logged

        if not is_there(self._database):
            return None
        try:
            return read(self._database, lambda found: logged(found, since, until, days), self._wait)
        except Unreadable:
            return None

    @property
    def _database(self) -> Path:
        return self._home.data / DATABASE

    @cached_property
    def _device(self) -> tuple[Mapping[str, object], tuple[str, ...]]:
        """Settings of this device; they hold passwords, so they are never shown."""
        content, problem = read_object(self._home.settings)
        return content or {}, (f"CC Switch's settings are ignored: {problem}",) if problem else ()

    @cached_property
    def _profiles(self) -> tuple[SwitchProfile, ...]:
        found = self._look[0]
        return tuple(reading.profile for reading in self._readings(found)) if found else ()

    @cached_property
    def _spends(self) -> Mapping[str, Spend] | None:
        try:
            return read(self._database, lambda found: spends(found, self._now()), self._wait)
        except Unreadable:
            return None

    @cached_property
    def _look(self) -> tuple[Store | None, PriceRows, str | None]:
        try:
            return *self._read(), None
        except Unreadable as problem:
            return None, [], str(problem)

    @cached_property
    def _prices(self) -> tuple[Prices, tuple[str, ...]]:
        return prices(self._look[1], self._home.data / PRICE_FILE, self._database)

    def _read(self) -> tuple[Store, PriceRows]:
        if is_there(self._database):
            return read(self._database, lambda found: (store(found, self._now()), table(found)), self._wait)
        found = json_era.store(self._home.data / OLDER)
        if found is None:
            raise Unreadable(f"there is neither {DATABASE} nor {OLDER} in {self._home.data}")
        return found, []

    def _readings(self, found: Store) -> list[Reading]:
        current = rules.current_id(self._device[0].get("currentProviderClaude"), found.ids, found.current)
        around = Around(found.snippet, found.multiplier, found.priced_by, self._login_dir())
        return [
            rules.read(row, around, current=row.id == current, health=found.health.get(row.id))
            for row in rules.in_order(found.rows)
        ]

    def _login_dir(self) -> str:
        """The config directory that CC Switch was told of, else Claude's own."""
        named = self._device[0].get("claudeConfigDir")
        return str(
            expand(named.strip() if isinstance(named, str) and named.strip() else "~/.claude", self._home.user)
        )


def _credential(reading: Reading, base_url: str | None) -> str:
    profile = reading.profile
    named = f"CC Switch provider {profile.name!r}"
    if profile.refused:
        raise ProfileUnusable(f"{named} cannot be launched: {profile.refused}")
    if profile.kind == "subscription":
        raise ProfileUnusable(f"{named} has no key: it uses the login in {profile.config_dir}")
    if base_url is not None and base_url.rstrip("/") != profile.base_url:
        raise ProfileUnusable(
            f"{named} now leads to {profile.base_url}, its key is not sent to {base_url}", hint="make a new plan"
        )
    return reading.secret
