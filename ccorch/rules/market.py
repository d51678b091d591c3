"""What there is to choose from: profiles and their models, with names, prices and fitness."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import get_args

from ccorch.errors import ProfileUnusable
from ccorch.rules.amounts import some
from ccorch.rules.fitness import Fit, Fitness, alike
from ccorch.rules.plain import line
from ccorch.rules.pricing import Price, pricer
from ccorch.schema.config import RunConfig
from ccorch.schema.experience import Experience
from ccorch.schema.price import Prices
from ccorch.schema.profile import Profile
from ccorch.schema.role import Role, Tier

TIERS: tuple[Tier, ...] = ("strong", "balanced", "fast")
"""From the strongest down."""

MOST_KNOWN = 12
"""Names that are listed where none of them was meant."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A model at a profile."""

    profile: Profile
    model: str
    tiers: tuple[Tier, ...] = ()
    """Tiers that the profile serves with this model, declared or as the nearest that it has."""
    rank: int = len(TIERS)
    """0 for the model that the profile declares as its strongest."""
    place: int = 0
    """Where it stands in the list of all."""


class Market:
    """All profiles, and what is known of each model there; one serves every role of a configuration."""

    def __init__(
        self,
        config: RunConfig,
        profiles: Sequence[Profile],
        experience: Experience | None = None,
        prices: Prices | None = None,
    ) -> None:
        self.experience = experience or Experience()
        self.profiles = tuple(profiles)
        self.fitness = Fitness(config.models, config.routing.measured, self.experience)
        self._routing = config.routing
        self._priced = pricer(prices, config.prices)
        self._usd: dict[tuple[str, float], float | None] = {}

    @cached_property
    def offered(self) -> tuple[Candidate, ...]:
        """Every model that a usable profile names; the scripted model only where it is asked for by name."""
        usable = [found for found in self.profiles if not found.unusable and found.source != "scripted"]
        return tuple(candidate for place, found in enumerate(usable) for candidate in candidates(found, place))

    @cached_property
    def out(self) -> tuple[Candidate, ...]:
        """Every model of the profiles that cannot be used."""
        unusable = [found for found in self.profiles if found.unusable]
        return tuple(candidate for place, found in enumerate(unusable) for candidate in candidates(found, place))

    @cached_property
    def _places(self) -> Mapping[str, list[Profile]]:
        """Profiles by id, by name and by name but for case, each kind of name apart."""
        places: dict[str, list[Profile]] = {}
        for profile in self.profiles:
            for name in dict.fromkeys((f"id:{profile.id}", f"name:{profile.name}", f"any:{_folded(profile.name)}")):
                places.setdefault(name, []).append(profile)
        return places

    def called(self, wanted: str) -> tuple[Profile, ...]:
        """Profiles by id, else by exact name, else by name but for case, else by alias; never by a part of it."""
        if not wanted.strip():
            return ()
        return self._called(wanted) or self._called(self._routing.profile_aliases.get(wanted, ""))

    def one(self, wanted: str, place: str = "") -> Profile | None:
        """The one profile that is called so; raises ProfileUnusable, with the place, when there are several."""
        found = self.called(wanted)
        if len(found) > 1:
            ids = ", ".join(f"{profile.key} ({profile.source})" for profile in found)
            said = f"{place}several profiles are called {wanted!r}: {ids}"
            raise ProfileUnusable(said, hint="choose one by its id")
        return found[0] if found else None

    def named(self, wanted: str) -> Profile:
        """The usable profile of that name; raises ProfileUnusable with what is known instead."""
        found = self.one(wanted)
        if found is None:
            raise ProfileUnusable(self.unknown(wanted), unknown=wanted)
        if found.unusable:
            raise ProfileUnusable(
                f"profile {wanted!r} cannot be used: {found.unusable}",
                hint=f"mend that, or choose another; `ccorch profiles show {wanted}` tells of it",
                unusable=wanted,
            )
        return found

    def unknown(self, wanted: str) -> str:
        """The sentence for a name that no profile has, with those that it may have been meant for."""
        names = [self.name(profile) for profile in self.profiles]
        if alias := self._routing.profile_aliases.get(wanted):
            return f"no profile {wanted!r}: routing.profile_aliases makes it {alias!r}, which none is called"
        near = _near(wanted, names)
        guess = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        return f"no profile {wanted!r}.{guess} Known: {some(names, MOST_KNOWN) or 'none'}"

    def model(self, wanted: str) -> str:
        """The model that an alias stands for; any other name as it is."""
        return self._routing.model_aliases.get(wanted, wanted)

    def name(self, profile: Profile) -> str:
        """What a route calls the profile: its name where that leads back to it and can be typed, else its id."""
        name = profile.name
        return name if line(name) == name and self._called(name) == (profile,) else profile.key

    def shown(self, candidate: Candidate) -> str:
        """Profile and model, for sentences."""
        return f"{self.name(candidate.profile)} · {candidate.model}"

    def price(self, model: str) -> Price | None:
        """List price of a model."""
        return self._priced(model)

    def rates(self, candidate: Candidate) -> tuple[float, float] | tuple[None, None]:
        """US dollars for a million tokens in and out as this profile bills them; unknown where a plan pays."""
        price, factor = self.price(candidate.model), candidate.profile.multiplier
        if price is None or candidate.profile.kind == "subscription":
            return None, None
        return round(factor * price.input, 6), round(factor * price.output, 6)

    def usd(self, candidate: Candidate) -> float | None:
        """US dollars for a million tokens, three of input to one of output; unknown where a plan pays for them."""
        if candidate.profile.kind == "subscription":
            return None
        key = (candidate.model, candidate.profile.multiplier)
        if key not in self._usd:
            price = self.price(candidate.model)
            self._usd[key] = None if price is None else key[1] * (3 * price.input + price.output) / 4
        return self._usd[key]

    def fit(self, candidate: Candidate, role: Role, task_type: str | None) -> Fit:
        """How fit the candidate is for the role."""
        return self.fitness.fit(candidate.profile.key, candidate.model, role.name, task_type)

    def _called(self, wanted: str) -> tuple[Profile, ...]:
        if not wanted.strip():
            return ()
        places = self._places
        found = places.get(f"id:{wanted}") or places.get(f"name:{wanted}") or places.get(f"any:{_folded(wanted)}")
        return tuple(found or ())


def _folded(name: str) -> str:
    """The name but for case, and for how letters with accents are put together."""
    if name.isascii():
        return name.casefold()
    from unicodedata import normalize  # 1 MB that plain names never load

    return normalize("NFC", normalize("NFC", name).casefold())


def _near(wanted: str, names: Sequence[str]) -> list[str]:
    """At most three names that look like it, but for case, or of which it is a part."""
    typed = _folded(wanted.strip())
    folded = {_folded(name): name for name in names}
    close = get_close_matches(typed, folded, n=1) if typed else []
    parts = [name for name in folded if typed and typed in name]
    return [folded[name] for name in dict.fromkeys((*close, *parts))][:3]


def candidates(profile: Profile, place: int = 0) -> tuple[Candidate, ...]:
    """Each model that the profile names, once."""
    declared = {tier: getattr(profile.models, tier) for tier in TIERS}
    serves = {tier: profile.model_for(tier) for tier in get_args(Tier)}
    return tuple(
        Candidate(
            profile,
            model,
            tuple(tier for tier, served in serves.items() if served == model),
            min(rank for rank, tier in enumerate(TIERS) if declared[tier] == model),
            place,
        )
        for model in dict.fromkeys(name for name in declared.values() if name)
    )


def of_model(found: Iterable[Candidate], model: str) -> tuple[Candidate, ...]:
    """The candidates that name the model: those with exactly that id, else those with another spelling of it."""
    known = tuple(found)
    exact = tuple(candidate for candidate in known if candidate.model == model)
    return exact or tuple(candidate for candidate in known if alike(model, candidate.model))
