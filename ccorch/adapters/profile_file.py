"""Profiles from the scripted model, the process environment and the user's own config; secrets by reference."""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ccorch.errors import ProfileUnusable
from ccorch.schema.base import fingerprint
from ccorch.schema.price import Prices
from ccorch.schema.profile import NativeProfile, Profile, ProfileModels, Profiles, SecretRef
from ccorch.schema.run import Launch

if TYPE_CHECKING:
    from ccorch.adapters.cc_switch import CcSwitch
    from ccorch.rules.cc_switch import SwitchProfile

ANTHROPIC = "https://api.anthropic.com"
SECRET_LIMIT = 64 * 1024
TIERS = {
    "strong": "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "balanced": "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "fast": "ANTHROPIC_DEFAULT_HAIKU_MODEL",
}
USUAL = {"strong": "claude-opus-5", "balanced": "claude-sonnet-5", "fast": "claude-haiku-4-5-20251001"}
"""Models of Anthropic's own endpoint, where the environment names none."""

SCRIPTED = ProfileModels(strong="scripted-strong", balanced="scripted-balanced", fast="scripted-fast")


class ProfileFiles:
    """Answers the Profiles port; `scripted_token` gives the credential of the bundled scripted model."""

    def __init__(
        self,
        environment: Mapping[str, str],
        scripted_token: Callable[[], str],
        switch: "Callable[[], CcSwitch] | None" = None,
    ) -> None:
        self._environment = environment
        self._scripted_token = scripted_token
        self._switch = switch

    def all(self, sources: Profiles) -> tuple[Profile, ...]:
        """Every profile, the scripted one first, native ones by name."""
        scripted = (
            (_profile(name="scripted", source="scripted", base_url="", models=SCRIPTED),)
            if sources.scripted
            else ()
        )
        env = self._from_environment() if sources.env else ()
        switched = self._from_switch() if sources.ccswitch else ()
        native = tuple(self._native(name, spec) for name, spec in sorted(sources.native.items()))
        return (*scripted, *env, *switched, *native)

    def prices(self, sources: Profiles) -> Prices | None:
        """Prices that a source keeps itself; null when none does."""
        switch = self._look() if sources.ccswitch else None
        return switch.prices() if switch else None

    def secret(self, profile: Profile, launch: Launch) -> str:
        """The credential of a profile; the environment's comes from the caller's side of the launch."""
        if profile.source == "scripted":
            return self._scripted_token()
        if profile.source == "ccswitch":
            return self._switched_secret(profile)
        assert profile.secret is not None
        if profile.secret.env is not None:
            return _from_launch(profile, profile.secret.env, launch)
        assert profile.secret.file is not None
        return _from_file(profile.name, Path(profile.secret.file).expanduser())

    def _from_environment(self) -> tuple[Profile, ...]:
        name = next(
            (key for key in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY") if self._environment.get(key)), None
        )
        if name is None:
            return ()
        default = self._environment.get("ANTHROPIC_MODEL") or None
        base_url = self._environment.get("ANTHROPIC_BASE_URL") or ANTHROPIC
        usual = USUAL if base_url.rstrip("/") == ANTHROPIC and default is None else {}
        models = {tier: self._environment.get(key) or default or usual.get(tier) for tier, key in TIERS.items()}
        return (
            _profile(
                name="env",
                source="env",
                base_url=base_url,
                auth_header="bearer" if name == "ANTHROPIC_AUTH_TOKEN" else "x-api-key",
                secret=SecretRef(env=name),
                models=ProfileModels(**models),
            ),
        )

    def _look(self) -> "CcSwitch | None":
        switch = self._switch() if self._switch else None
        return switch if switch is not None and switch.installed else None

    def _from_switch(self) -> tuple[Profile, ...]:
        switch = self._look()
        return tuple(_switched(found) for found in switch.profiles()) if switch else ()

    def _switched_secret(self, profile: Profile) -> str:
        """The key as it is now, and only for the endpoint that was planned."""
        switch = self._look()
        if switch is None or profile.id is None:
            raise ProfileUnusable(f"profile {profile.name!r} came from CC Switch, whose files are gone")
        return switch.secret(profile.id, base_url=profile.base_url)

    def _native(self, name: str, spec: NativeProfile) -> Profile:
        return _profile(
            name=name,
            source="native",
            base_url=spec.base_url.rstrip("/"),
            auth_header=spec.auth_header,
            secret=spec.auth,
            models=spec.models,
            capabilities_off=spec.capabilities_off,
            unusable=self._why_not(name, spec.auth),
        )

    def _why_not(self, name: str, secret: SecretRef) -> str | None:
        match (secret.env, secret.file):
            case (str(variable), None):
                return None if self._environment.get(variable) else f"the variable {variable} is not set"
            case (None, str(file)):
                try:
                    _from_file(name, Path(file).expanduser())
                except ProfileUnusable as problem:
                    return problem.message
                return None
        return "auth needs exactly one of env and file"


def _switched(found: "SwitchProfile") -> Profile:
    official = "the official login cannot be used yet; give it an API key, or choose another profile"
    return _profile(
        name=found.name,
        id=found.id,
        source="ccswitch",
        base_url=found.base_url,
        auth_header=found.auth_header,
        models=found.models.tiers(),
        tuning=dict(found.env),
        multiplier=found.multiplier if found.multiplier is not None else 1.0,
        current=found.current,
        unusable=found.refused or (official if found.kind == "subscription" else None),
    )


def _profile(unusable: str | None = None, **facts: object) -> Profile:
    known = Profile(**facts, fingerprint="0" * 64)  # type: ignore[arg-type]
    mark = fingerprint(known.model_dump(mode="json", exclude={"fingerprint", "unusable", "current"}))
    return known.model_copy(update={"fingerprint": mark, "unusable": unusable})


def _from_launch(profile: Profile, variable: str, launch: Launch) -> str:
    value = launch.secrets.get(variable)
    if not value:
        raise ProfileUnusable(
            f"profile {profile.name!r} needs the variable {variable}, which the caller did not have",
            hint=f"set {variable} and run again",
        )
    return value


def _from_file(name: str, path: Path) -> str:
    """The file's only line; others may not be able to read it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as problem:
        raise ProfileUnusable(
            f"profile {name!r}: its credential file {path} cannot be read: {problem.strerror}"
        ) from problem
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise ProfileUnusable(
                f"profile {name!r}: others can read its credential file {path}", hint=f"chmod 600 {path}"
            )
        value = file.read(SECRET_LIMIT).decode("utf-8", "replace").strip()
    if not value or "\n" in value:
        raise ProfileUnusable(f"profile {name!r}: {path} does not hold a single credential")
    return value
