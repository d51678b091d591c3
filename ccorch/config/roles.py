"""Every role of the layers as a run under the same words would have it."""

from collections.abc import Iterator
from dataclasses import replace

from ccorch.config import stack
from ccorch.config.compose import Composed, ComposeRequest, compose
from ccorch.config.layers import GROUPS
from ccorch.config.named_roles import alone
from ccorch.errors import CcorchError
from ccorch.schema.role import Role

Found = Role | CcorchError
"""A role, or what is wrong with its file."""


def roles(request: ComposeRequest, composed: Composed) -> dict[str, Found]:
    """Every role by name; `composed` is what the request gives.

    Composing costs a tenth of a second the first time, so a role whose file says all by itself is read alone as
    long as no other file and no word sets a part of it.
    """
    plain = _only_files_say(composed)
    return dict(_roles(request, composed, plain))


def _roles(request: ComposeRequest, composed: Composed, plain: bool) -> Iterator[tuple[str, Found]]:
    chosen = next((one.option for one in composed.selections if one.group == "role"), None)
    for name in stack.options(composed.layers, "role"):
        if name == chosen:
            yield name, composed.config.role
            continue
        try:
            by_itself = alone(composed.layers, name) if plain else None
            yield name, by_itself or _composed(request, name)
        except CcorchError as problem:
            yield name, problem


def _only_files_say(composed: Composed) -> bool:
    """Whether nothing but files of roles sets any part of the role."""
    folders = tuple(f"{layer.root}/{GROUPS['role']}/" for layer in composed.layers)
    places = (composed.origins.at(("role", field)) for field in composed.data["role"])
    return all(origin.layer == "default" or origin.place.startswith(folders) for origin in places)


def _composed(request: ComposeRequest, name: str) -> Role:
    words = tuple(word for word in request.overrides if not word.lstrip("+").startswith("role="))
    return compose(replace(request, overrides=(*words, f"role={name}"))).config.role
