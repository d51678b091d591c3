"""How fit a model at a profile is for a role: what is believed of its family, moved by what was measured."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar, get_args

from ccorch.rules.pricing import canonical, same_model
from ccorch.schema.experience import SUITE, BenchResult, Case, Experience, Quality
from ccorch.schema.model import Capability, Family, Models, Scores
from ccorch.schema.policy import Measured

M = TypeVar("M", BenchResult, Quality)

CAPABILITIES: tuple[Capability, ...] = get_args(Capability)

MEASURES: dict[Case, tuple[Capability, ...]] = {
    "code_fix": ("code", "tools"),
    "review": ("reasoning", "code"),
    "security": ("reasoning",),
    "long_context": ("long_context",),
    "multimodal": ("multimodal",),
}
"""What the score of a case says something about; every case says by passing or not how stable the model is."""

PASSING = 0.8
"""Share of a case that must be right for it to count as passed."""

_SHORT = {"opus": "claude-opus", "sonnet": "claude-sonnet", "haiku": "claude-haiku", "fable": "claude-fable"}
"""Claude Code's own short names."""


@dataclass(frozen=True, slots=True)
class Capable:
    """One capability of a model: its score, what was believed, and how many measurements moved it."""

    score: float
    belief: float
    measured: int


@dataclass(frozen=True, slots=True)
class Fit:
    """How fit a model is for a role, 0 to 10, and what that rests on."""

    score: float
    family: str | None
    benched: int = 0
    judged: int = 0

    @property
    def measured(self) -> int:
        """Measurements behind it."""
        return self.benched + self.judged

    def basis(self) -> str:
        """What the score rests on, in words."""
        belief = f"belief of family {self.family}" if self.family else "the base score, no family fits its name"
        parts = (belief, _count(self.benched, "benchmark result"), _count(self.judged, "judgement"))
        return ", ".join(part for part in parts if part)


class Fitness:
    """Weighs models for roles; one look at what was measured serves all roles and profiles."""

    def __init__(self, models: Models, measured: Measured, experience: Experience) -> None:
        self._models = models
        self._prior = measured.prior
        self._bench = _by_profile(_current(experience.bench) if measured.bench else ())
        self._quality = _by_profile(_last(experience.quality) if measured.quality else ())
        self._known: dict[tuple[str, str], Mapping[Capability, Capable]] = {}
        self._fits: dict[tuple[str, str, str, str | None], Fit] = {}
        self._families: dict[str, str | None] = {}

    def fit(self, profile: str, model: str, role: str, task_type: str | None = None) -> Fit:
        """The fitness of a model at the profile with this key."""
        key = (self._place(profile), model, role, task_type)
        if key not in self._fits:
            self._fits[key] = self._fit(*key)
        return self._fits[key]

    def capabilities(self, profile: str, model: str) -> Mapping[Capability, Capable]:
        """Every capability of a model at the profile with this key."""
        key = (self._place(profile), model)
        if key not in self._known:
            self._known[key] = self._capabilities(*key)
        return self._known[key]

    def family(self, model: str) -> str | None:
        """The first family that fits the model's name."""
        if model not in self._families:
            fitting = (name for name, family in self._models.families.items() if belongs(model, family))
            self._families[model] = next(fitting, None)
        return self._families[model]

    def bench(self, profile: str, model: str) -> tuple[BenchResult, ...]:
        """Results of this version of the suite that count for the model at the profile."""
        return tuple(found for found in self._bench.get(profile, ()) if is_of(found, model))

    def quality(self, profile: str, model: str) -> tuple[Quality, ...]:
        """Judgements of real work that the model did at the profile."""
        return tuple(found for found in self._quality.get(profile, ()) if alike(model, found.model))

    def _place(self, profile: str) -> str:
        # what was never measured is believed alike everywhere, so it is weighed once
        return profile if profile in self._bench or profile in self._quality else ""

    def _fit(self, profile: str, model: str, role: str, task_type: str | None) -> Fit:
        found, weights = self.capabilities(profile, model), self._weights(role)
        believed = sum(weight * found[name].score for name, weight in weights.items()) / sum(weights.values())
        judged = [one.score / 10 for one in self.quality(profile, model) if _concerns(one, role, task_type)]
        score = round(self._blended(believed, judged), 2)
        return Fit(score, self.family(model), len(self.bench(profile, model)), len(judged))

    def _weights(self, role: str) -> Mapping[Capability, float]:
        known = self._models.weights
        weights = known.get(role) or known.get("default") or {}
        return weights if sum(weights.values()) > 0 else dict.fromkeys(CAPABILITIES, 1.0)

    def _capabilities(self, profile: str, model: str) -> Mapping[Capability, Capable]:
        family, measured = self.family(model), defaultdict(list)
        belief: Scores = self._models.families[family].scores if family else self._models.base
        for result in self.bench(profile, model):
            for name in MEASURES[result.case]:
                measured[name].append(10 * result.score)
            measured["stability"].append(10.0 if result.score >= PASSING else 0.0)
        return {
            name: Capable(
                self._blended(getattr(belief, name), measured[name]), getattr(belief, name), len(measured[name])
            )
            for name in CAPABILITIES
        }

    def _blended(self, belief: float, measured: list[float]) -> float:
        return (self._prior * belief + sum(measured)) / (self._prior + len(measured))


def belongs(model: str, family: Family) -> bool:
    """Whether a model's name is one of the family's: its beginning, its words and its version."""
    name = canonical(model)
    name = _SHORT.get(name, name)
    start = family.starts.lower()
    rest = name[len(start) :]
    if not name.startswith(start) or not (rest == "" or rest[0] == "-" or rest[0].isdigit()):
        return False
    if not set(family.words) <= set(rest.split("-")):
        return False
    return version(rest) >= family.version


def version(text: str) -> float:
    """The first number in a name; Claude's `4-8` is 4.8. A name without one is of version 0."""
    found = re.search(r"(\d+)(?:\.(\d+)|-(\d)(?![\da-z]))?", text)
    return float(f"{found[1]}.{found[2] or found[3] or 0}") if found else 0.0


@lru_cache(maxsize=65_536)
def alike(model: str, other: str) -> bool:
    """Whether two ids name one model; ids that name nothing are alike only when they are equal."""
    return model == other or bool(canonical(model) and canonical(other) and same_model(model, other))


def is_of(result: BenchResult, model: str) -> bool:
    """Whether a result says something of the model: it was asked, and nobody else answered."""
    other = result.served is not None and not alike(result.model, result.served)
    return alike(model, result.model) and not other


def _concerns(found: Quality, role: str, task_type: str | None) -> bool:
    return found.role == role or (task_type is not None and found.task_type == task_type)


def _current(results: Iterable[BenchResult]) -> Iterable[BenchResult]:
    return (result for result in results if result.suite == SUITE)


def _last(judgements: Iterable[Quality]) -> Iterable[Quality]:
    """The last judgement of each attempt."""
    return {(found.run, found.node, found.attempt): found for found in judgements}.values()


def _by_profile(found: Iterable[M]) -> Mapping[str, list[M]]:
    places: dict[str, list[M]] = {}
    for one in found:
        places.setdefault(one.profile, []).append(one)
    return places


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number > 1)}" if number else ""
