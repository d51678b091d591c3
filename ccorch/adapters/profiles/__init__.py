"""Profiles of every source and their credentials by reference; a source's module is opened when it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ccorch.adapters.profiles import environment
from ccorch.adapters.profiles.made import distinct, made
from ccorch.errors import ProfileUnusable
from ccorch.ports import Carried
from ccorch.rules.marks import by_profile, learned
from ccorch.schema.profile import Hint, Profile, ProfileModels, Profiles, SecretRef

if TYPE_CHECKING:
    from ccorch.adapters.cc_switch.switch import CcSwitch
    from ccorch.adapters.profiles.ccs import Ccs
    from ccorch.ports import Clock, Records
    from ccorch.schema.experience import ProfileCheck
    from ccorch.schema.price import Prices
    from ccorch.schema.run import Launch

__all__ = ["ProfileFiles"]

SCRIPTED = ProfileModels(strong="scripted-strong", balanced="scripted-balanced", fast="scripted-fast")


class ProfileFiles:
    """Answers the Profiles port; `scripted_token` gives the credential of the bundled scripted model.

    The daemon has neither the caller's environment nor `records`: it only asks for secrets.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        scripted_token: Callable[[], str],
        switch: Callable[[], CcSwitch | None] | None = None,
        records: Records | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._environment = environment
        self._scripted_token = scripted_token
        self._switch = switch
        self._records = records
        self._clock = clock

    def all(self, sources: Profiles) -> tuple[Profile, ...]:
        """Every profile, in the order of sources and within them; raises ConfigInvalid."""
        passed = environment.checked(sources.environment)
        checks = self._checks()
        found = distinct(environment.passing(profile, passed) for profile in self._found(sources))
        return tuple(learned(profile, checks) for profile in found) if checks else found

    def prices(self, sources: Profiles) -> Prices | None:
        """Prices that a source keeps itself; null when none does."""
        switch = self._look() if sources.ccswitch else None
        return switch.prices() if switch else None

    def hints(self, sources: Profiles) -> Mapping[str, Hint]:
        """What is known of profiles today, by their keys; a profile of which nothing is known is left out."""
        from ccorch.adapters.profiles.hints import hints

        now = self._clock.now() if self._clock else 0.0
        return hints(self.all(sources), self._look() if sources.ccswitch else None, self._checks(), now)

    def notes(self, sources: Profiles) -> tuple[str, ...]:
        """What of the sources could not be read or is left out, in sentences."""
        switch = self._switch() if sources.ccswitch and self._switch else None
        return switch.warnings if switch is not None and (switch.installed or switch.expected) else ()

    def carried(self, profiles: Sequence[Profile]) -> Carried:
        """What only the caller can find out for these profiles; runs their commands and asks the keyring."""
        secrets, logins = {}, {}
        for profile in profiles:
            if profile.kind == "local":
                continue
            if profile.kind == "subscription":
                logins[profile.key] = self._login(profile)
            elif name := _carried_as(profile):
                secrets[name] = self._own(profile)
        return Carried(secrets=secrets, logins=logins)

    def secret(self, profile: Profile, launch: Launch) -> str:
        """The credential of a profile; what only the caller could find comes from the launch."""
        match profile:
            case Profile(source="scripted"):
                return self._scripted_token()
            case Profile(source="ccswitch"):
                from ccorch.adapters.profiles import switched

                return switched.secret(self._look(), profile)
            case Profile(secret=SecretRef(file=str(file))):
                from ccorch.adapters.profiles.secrets import from_file

                return from_file(profile.name, file)
        return _from_launch(profile, launch)

    def _found(self, sources: Profiles) -> Iterator[Profile]:
        if sources.scripted:
            yield made(name="scripted", source="scripted", models=SCRIPTED)
        if sources.env:
            yield from environment.profiles(self._environment)
        if sources.ccswitch and (switch := self._look()):
            from ccorch.adapters.profiles import switched

            yield from switched.profiles(switch)
        if sources.settings:
            from ccorch.adapters.profiles import settings

            yield from settings.profiles(sources.settings, self._environment)
        if sources.ccs:
            yield from self._ccs().profiles()
        if sources.router:
            from ccorch.adapters.profiles import router

            yield from router.profiles(self._environment)
        if sources.litellm:
            from ccorch.adapters.profiles import litellm

            yield from litellm.profiles(sources.litellm, self._environment)
        if sources.native:
            from ccorch.adapters.profiles import native

            yield from native.profiles(sources.native, self._environment)

    def _own(self, profile: Profile) -> str:
        """The credential as the caller finds it."""
        from ccorch.adapters.profiles import router, secrets, settings

        match profile:
            case Profile(secret=SecretRef(env=str(variable))):
                return self._environment.get(variable, "")
            case Profile(secret=SecretRef(command=tuple(argv))):
                return secrets.from_command(profile.name, argv, self._environment)
            case Profile(secret=SecretRef(keyring=entry)) if entry is not None:
                return secrets.from_keyring(profile.name, entry)
            case Profile(source="settings"):
                return settings.secret(profile)
            case Profile(source="ccs"):
                return self._ccs().secret(profile)
            case Profile(source="router"):
                return router.secret(profile, self._environment)
        raise ProfileUnusable(f"profile {profile.name!r} has no credential")

    def _login(self, profile: Profile) -> str:
        """The config folder of the user's own login."""
        from ccorch.adapters.profiles import settings, switched

        match profile.source:
            case "ccswitch":
                return switched.login(self._look(), profile)
            case "ccs":
                return self._ccs().login(profile)
        return str(settings.login(self._environment))

    def _look(self) -> CcSwitch | None:
        switch = self._switch() if self._switch else None
        return switch if switch is not None and switch.installed else None

    def _ccs(self) -> Ccs:
        from ccorch.adapters.profiles.ccs import Ccs

        return Ccs(self._environment)

    def _checks(self) -> Mapping[str, Sequence[ProfileCheck]]:
        return by_profile(self._records.experience().checks) if self._records else {}


def _carried_as(profile: Profile) -> str | None:
    """The name under which a credential travels; null where the daemon finds it itself."""
    match profile:
        case Profile(source="scripted" | "ccswitch") | Profile(secret=SecretRef(file=str())):
            return None
        case Profile(secret=SecretRef(env=str(variable))):
            return variable
    return f"profile:{profile.key}"


def _from_launch(profile: Profile, launch: Launch) -> str:
    value = launch.secrets.get(_carried_as(profile) or "")
    if value:
        return value
    if profile.secret is not None and profile.secret.env is not None:
        variable = profile.secret.env
        raise ProfileUnusable(
            f"profile {profile.name!r} needs the variable {variable}, which the caller did not have",
            hint=f"set {variable} and run again",
        )
    raise ProfileUnusable(
        f"profile {profile.name!r}: its credential came with the run and is not kept any more",
        hint="submit the run again: `ccorch run --plan PLAN`, where PLAN is plan.json in the run's folder",
    )
