"""Whether a node may start now beside all others of the machine, and what it waits for if not."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ccorch.schema.ceiling import Ceiling
from ccorch.schema.route import Route


@dataclass(frozen=True)
class Slots:
    """How many workers may be at work at the same time, over all projects of the user."""

    machine: int
    """In all."""
    per_profile: Mapping[str, int] = field(default_factory=dict)
    """By the name or id of a profile."""
    per_model: Mapping[str, int] = field(default_factory=dict)
    """By model id."""

    @classmethod
    def of(cls, ceiling: Ceiling) -> "Slots":
        """The owner's limits."""
        return cls(ceiling.max_concurrent, ceiling.per_profile, ceiling.per_model)


@dataclass(frozen=True)
class Busy:
    """What is at work."""

    count: int
    profiles: Mapping[str, int]
    models: Mapping[str, int]

    @classmethod
    def of(cls, routes: Iterable[Route]) -> "Busy":
        """The routes of all workers at work."""
        found = tuple(routes)
        return cls(len(found), Counter(route.profile for route in found), Counter(route.model for route in found))


def is_full(slots: Slots, busy: Busy) -> bool:
    """Whether no node at all may start."""
    return busy.count >= slots.machine


@dataclass(frozen=True)
class Full:
    """A limit that is reached."""

    limit: Literal["slot", "profile", "model"]
    """Which one."""
    words: str
    """The same in words."""


def waits_for(slots: Slots, busy: Busy, route: Route) -> Full | None:
    """What a node on this route waits for; None when it may start."""
    if is_full(slots, busy):
        said = f"{busy.count} of {slots.machine} workers of this machine are at work (ceiling max_concurrent)"
        return Full("slot", f"a slot: {said}")
    if _is_reached(slots.per_profile, busy.profiles, route.profile):
        return Full("profile", _said(slots.per_profile, busy.profiles, route.profile, "per_profile"))
    if _is_reached(slots.per_model, busy.models, route.model):
        return Full("model", _said(slots.per_model, busy.models, route.model, "per_model"))
    return None


def _is_reached(limits: Mapping[str, int], counts: Mapping[str, int], name: str) -> bool:
    return name in limits and counts.get(name, 0) >= limits[name]


def _said(limits: Mapping[str, int], counts: Mapping[str, int], name: str, key: str) -> str:
    return f"{name}: {counts.get(name, 0)} of {limits[name]} workers are at work there (ceiling {key})"
