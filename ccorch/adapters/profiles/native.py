"""Profiles that the user describes in the configuration."""

from collections.abc import Mapping

from ccorch.adapters.profiles import secrets
from ccorch.adapters.profiles.made import made
from ccorch.rules.unpassable import refusals
from ccorch.schema.profile import NativeProfile, Profile


def profiles(specs: Mapping[str, NativeProfile], environment: Mapping[str, str]) -> tuple[Profile, ...]:
    """Each by its name, in the order of names."""
    return tuple(_profile(name, spec, environment) for name, spec in sorted(specs.items()))


def _profile(name: str, spec: NativeProfile, environment: Mapping[str, str]) -> Profile:
    refused = refusals(spec.passes, f"profiles.native.{name}.passes")
    return made(
        name=name,
        source="native",
        base_url=spec.base_url.rstrip("/"),
        auth_header=spec.auth_header,
        secret=spec.auth,
        models=spec.models,
        capabilities_off=spec.capabilities_off,
        multiplier=spec.multiplier,
        passes=tuple(sorted(set(spec.passes))),
        unusable="; ".join(refused) or secrets.missing(name, spec.auth, environment),
    )
