"""LiteLLM proxies that the configuration names; of their own file only the names of models are read."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ccorch.adapters.cc_switch.home import expand
from ccorch.adapters.profiles import secrets
from ccorch.adapters.profiles.made import made
from ccorch.adapters.profiles.yaml_file import read_mapping
from ccorch.config.layers import home_or_nowhere
from ccorch.schema.profile import LiteLlm, Profile, ProfileModels

WORDS = {"strong": ("strong", "opus"), "balanced": ("balanced", "sonnet"), "fast": ("fast", "haiku")}
"""Words of a model's name that say for which tier it is meant."""


def profiles(specs: Mapping[str, LiteLlm], environment: Mapping[str, str]) -> tuple[Profile, ...]:
    """Each by its name, in the order of names."""
    return tuple(_profile(name, spec, environment) for name, spec in sorted(specs.items()))


def tiers(names: Sequence[str]) -> ProfileModels:
    """Models by tier, as whole words of their names tell; the default is the first where none is meant for it."""
    found = {
        tier: next((name for name in names if _words(name) & set(meant)), None) for tier, meant in WORDS.items()
    }
    return ProfileModels(**{**found, "balanced": found["balanced"] or next(iter(names), None)})


def _profile(name: str, spec: LiteLlm, environment: Mapping[str, str]) -> Profile:
    models, problem = _models(name, spec, environment)
    return made(
        name=name,
        source="litellm",
        base_url=spec.base_url.rstrip("/"),
        secret=spec.auth,
        models=models,
        unusable=problem or secrets.missing(name, spec.auth, environment),
    )


def _models(name: str, spec: LiteLlm, environment: Mapping[str, str]) -> tuple[ProfileModels, str | None]:
    named = {tier: model for tier in WORDS if (model := getattr(spec.models, tier))}
    if spec.config is None:
        return spec.models, None if named else f"it names no model; set profiles.litellm.{name}.models"
    content, problem = read_mapping(expand(spec.config, home_or_nowhere(environment)))
    problem = problem or ("" if content is not None else f"{spec.config} does not exist")
    listed = tiers(_listed(content)).model_dump()
    models = ProfileModels(**{**listed, **named})
    if any(models.model_dump().values()):
        return models, None
    return models, f"{problem or f'{spec.config} lists no model'}; set profiles.litellm.{name}.models"


def _listed(content: Mapping[str, Any] | None) -> list[str]:
    models = (content or {}).get("model_list")
    names = [one.get("model_name") for one in models if isinstance(one, dict)] if isinstance(models, list) else []
    return list(dict.fromkeys(name for name in names if isinstance(name, str) and name and "*" not in name))


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", name.lower()))
