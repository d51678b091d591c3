"""The verbs that tell which profiles there are, what they cost and whether they can be launched."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import get_args

from ccorch.config.compose import ComposeRequest, compose
from ccorch.errors import ArgumentInvalid, ProfileUnusable
from ccorch.operations.house import House
from ccorch.operations.ways import advice, notes
from ccorch.rules.endpoints import address, host
from ccorch.rules.market import Market
from ccorch.rules.marks import by_profile, fitting
from ccorch.rules.redaction import Redactor
from ccorch.schema.base import Many, Value
from ccorch.schema.config import RunConfig
from ccorch.schema.experience import ProfileCheck
from ccorch.schema.measuring import ProfileShowRequest, ProfilesRequest
from ccorch.schema.profile import Hint, Profile, ProfileModels, ProfileSource, SecretRef

MOST_CHECKS = 5
"""Latest checks of a profile that are shown."""

KEPT_BY = {
    "ccswitch": "kept by CC Switch, read when a worker starts",
    "settings": "in its settings file, read when a worker starts",
    "ccs": "kept by ccs, read when a worker starts",
    "router": "kept by claude-code-router, read when a worker starts",
    "scripted": "made by ccorch itself",
}
"""Where the credential is that no reference leads to, by source."""

_SHAPES = Redactor(())


class EffectivePrice(Value):
    """What a model costs at a profile, in US dollars per million tokens: list price times multiplier."""

    input: float
    """Input tokens that were not cached."""
    output: float
    """Output tokens."""
    dated: str
    """Day of the price list."""


class ProfileRow(Value):
    """A profile in the list."""

    profile: str
    """What selects it: its name, or its id where several have the name."""
    name: str
    """Its name."""
    id: str | None
    """Its id in its source; null where the name is the id."""
    current: bool
    """Whether its source says that it is the one in use."""
    source: ProfileSource
    """Where it comes from."""
    kind: str
    """api_key is paid by the token, subscription by a plan."""
    host: str
    """Host of its endpoint; empty for the bundled scripted model."""
    models: ProfileModels
    """Models by tier."""
    price: EffectivePrice | None
    """Of its balanced model; null is unknown, or a plan's."""
    hint: Hint | None = None
    """What is known of it today; null when nothing is."""
    launchable: bool
    """Whether workers can be started on it."""
    reason: str | None
    """Why not."""


class ProfilesReply(Value):
    """Every profile, in the order of its source."""

    profiles: Many[ProfileRow]
    """The profiles."""
    notes: Many[str] = ()
    """What of the sources could not be read or is left out."""
    advice: str | None = None
    """How to get one, where none but the scripted model can be launched."""


class TierModel(Value):
    """The model of a tier and its price."""

    tier: str
    """strong, balanced or fast."""
    model: str
    """Model id."""
    price: EffectivePrice | None
    """Its price here; null is unknown, or a plan's."""


class ProfileReply(Value):
    """One profile in full, without its secret."""

    profile: str
    """What selects it: its name, or its id where several have the name."""
    name: str
    """Its name."""
    id: str | None
    """Its id in its source; null where the name is the id."""
    aliases: Many[str]
    """Further names that routing.profile_aliases gives it."""
    current: bool
    """Whether its source says that it is the one in use."""
    source: ProfileSource
    """Where it comes from."""
    kind: str
    """api_key is paid by the token, subscription by a plan."""
    endpoint: str
    """Its address; empty for the bundled scripted model."""
    auth_header: str
    """Header that carries the credential."""
    credential: str
    """Where the credential is found; never its value."""
    models: Many[TierModel]
    """Models by tier."""
    multiplier: float
    """Factor on list prices; it is in the prices above."""
    priced_by: str
    """response or request: whose price is billed where another model answers than was asked."""
    tuning: dict[str, str]
    """Variables that tune Claude Code for this endpoint."""
    passes: Many[str]
    """Further variables of the caller that its workers are given."""
    capabilities_off: Many[str]
    """Request features that are switched off for it."""
    hint: Hint | None
    """What is known of it today; null when nothing is."""
    checks: Many[ProfileCheck]
    """Its latest checks, newest first; those of another endpoint or model under its name are left out."""
    launchable: bool
    """Whether workers can be started on it."""
    reason: str | None
    """Why not."""


def list_profiles(house: House, request: ProfilesRequest) -> ProfilesReply:
    """Every profile of the sources that these overrides leave on."""
    _check_source(request.source)
    config = composed(house, request.overrides)
    market = market_of(house, config)
    hints = house.profiles.hints(config.profiles)
    wanted = (one for one in market.profiles if request.source in (None, one.source))
    return ProfilesReply(
        profiles=tuple(_row(one, hints.get(one.key), market) for one in wanted),
        notes=notes(house, config),
        advice=advice(house, market.profiles),
    )


def show_profile(house: House, request: ProfileShowRequest) -> ProfileReply:
    """One profile in full."""
    config = composed(house, ())
    market = market_of(house, config)
    found = one_of(request.name, market)
    aliases = config.routing.profile_aliases
    checks = fitting(found, by_profile(house.records.experience().checks))
    return ProfileReply(
        profile=market.name(found),
        name=found.name,
        id=found.id,
        aliases=tuple(alias for alias in aliases if found in market.called(alias)),
        current=found.current,
        source=found.source,
        kind=found.kind,
        endpoint=address(found.base_url),
        auth_header=found.auth_header,
        credential=credential(found),
        models=tuple(_tiers(found, market)),
        multiplier=found.multiplier,
        priced_by=found.priced_by,
        tuning={name: _SHAPES.text(value) for name, value in found.tuning.items()},
        passes=found.passes,
        capabilities_off=found.capabilities_off,
        hint=_shown(house.profiles.hints(config.profiles).get(found.key)),
        checks=tuple(reversed(checks[-MOST_CHECKS:])),
        launchable=found.unusable is None,
        reason=_clean(found.unusable),
    )


def composed(house: House, overrides: Sequence[str]) -> RunConfig:
    """The configuration of this project under these overrides, for looking at it."""
    task = None if any(word.startswith("task=") for word in overrides) else "-"
    request = ComposeRequest(
        house.project, tuple(overrides), task=task, user_dir=house.user_config, cache_dir=house.cache
    )
    return compose(request).config


def market_of(house: House, config: RunConfig) -> Market:
    """The profiles of a configuration with their names and prices; what was measured of them is left out."""
    profiles = house.profiles.all(config.profiles)
    return Market(config, profiles, prices=house.profiles.prices(config.profiles))


def one_of(wanted: str, market: Market) -> Profile:
    """The profile of that id, name or alias, launchable or not; raises ProfileUnusable with the candidates."""
    found = market.one(wanted)
    if found is None:
        raise ProfileUnusable(market.unknown(wanted), hint="`ccorch profiles` lists them all")
    return found


def credential(profile: Profile) -> str:
    """Where the credential is found, in words."""
    match profile.secret:
        case SecretRef(env=str(variable)):
            return f"the variable {variable} of your environment"
        case SecretRef(file=str(file)):
            return f"the file {file}"
        case SecretRef(command=(program, *_)):
            # its other words may hold what is not to be shown
            return f"what the program {program} prints"
        case SecretRef(keyring=entry) if entry is not None:
            return f"the keyring's entry {entry.service}/{entry.username}"
    if profile.kind == "subscription":
        return "your own login, which Claude Code reads itself"
    return KEPT_BY.get(profile.source, "unknown")


def _check_source(source: str | None) -> None:
    known = get_args(ProfileSource)
    if source is not None and source not in known:
        raise ArgumentInvalid(f"no source {source!r}", hint=f"sources are {', '.join(known)}")


def _row(profile: Profile, hint: Hint | None, market: Market) -> ProfileRow:
    return ProfileRow(
        profile=market.name(profile),
        name=profile.name,
        id=profile.id,
        current=profile.current,
        source=profile.source,
        kind=profile.kind,
        host=host(profile.base_url),
        models=profile.models,
        price=_price(profile, profile.model_for("balanced"), market),
        hint=_shown(hint),
        launchable=profile.unusable is None,
        reason=_clean(profile.unusable),
    )


def _tiers(profile: Profile, market: Market) -> Iterator[TierModel]:
    for tier in ProfileModels.model_fields:
        if model := getattr(profile.models, tier):
            yield TierModel(tier=tier, model=model, price=_price(profile, model, market))


def _price(profile: Profile, model: str | None, market: Market) -> EffectivePrice | None:
    found = market.price(model) if model and profile.kind == "api_key" else None
    return None if found is None else _billed(found.input, found.output, found.dated, profile.multiplier)


@lru_cache(maxsize=1024)
def _billed(input: float, output: float, dated: str, multiplier: float) -> EffectivePrice:
    return EffectivePrice(input=round(input * multiplier, 6), output=round(output * multiplier, 6), dated=dated)


def _shown(hint: Hint | None) -> Hint | None:
    """The hint without whatever has a key's shape: a provider's complaint may quote the key."""
    if hint is None or (hint.health is None and not hint.warnings):
        return hint
    clean = {"health": _clean(hint.health), "warnings": tuple(map(_SHAPES.text, hint.warnings))}
    return hint.model_copy(update=clean)


def _clean(text: str | None) -> str | None:
    return None if text is None else _SHAPES.text(text)
