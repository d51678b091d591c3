"""Profiles from the scripted model, the process environment and the user's own config; secrets by reference."""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from ccorch.errors import ProfileUnusable
from ccorch.schema.base import fingerprint
from ccorch.schema.profile import NativeProfile, Profile, ProfileModels, Profiles, SecretRef
from ccorch.schema.run import Launch

ANTHROPIC = "https://api.anthropic.com"
SECRET_LIMIT = 64 * 1024
TIERS = {
    "strong": "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "balanced": "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "fast": "ANTHROPIC_DEFAULT_HAIKU_MODEL",
}
SCRIPTED = ProfileModels(strong="scripted-strong", balanced="scripted-balanced", fast="scripted-fast")


class ProfileFiles:
    """Answers the Profiles port; `scripted_token` gives the credential of the bundled scripted model."""

    def __init__(self, environment: Mapping[str, str], scripted_token: Callable[[], str]) -> None:
        self._environment = environment
        self._scripted_token = scripted_token

    def all(self, sources: Profiles) -> tuple[Profile, ...]:
        """Every profile, the scripted one first, native ones by name."""
        scripted = (
            (_profile(name="scripted", source="scripted", base_url="", models=SCRIPTED),)
            if sources.scripted
            else ()
        )
        env = self._from_environment() if sources.env else ()
        native = tuple(self._native(name, spec) for name, spec in sorted(sources.native.items()))
        return (*scripted, *env, *native)

    def secret(self, profile: Profile, launch: Launch) -> str:
        """The credential of a profile; the environment's comes from the caller's side of the launch."""
        if profile.source == "scripted":
            return self._scripted_token()
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
        models = {tier: self._environment.get(key) or default for tier, key in TIERS.items()}
        return (
            _profile(
                name="env",
                source="env",
                base_url=self._environment.get("ANTHROPIC_BASE_URL") or ANTHROPIC,
                auth_header="bearer" if name == "ANTHROPIC_AUTH_TOKEN" else "x-api-key",
                secret=SecretRef(env=name),
                models=ProfileModels(**models),
            ),
        )

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


def _profile(unusable: str | None = None, **facts: object) -> Profile:
    known = Profile(**facts, fingerprint="0" * 64)  # type: ignore[arg-type]
    mark = fingerprint(known.model_dump(mode="json", exclude={"fingerprint", "unusable"}))
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
