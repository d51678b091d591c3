"""The verbs about models: the registry of what is believed and measured of them, and calibration."""

from collections.abc import Iterator
from difflib import get_close_matches

from ccorch.errors import ArgumentInvalid, CcorchError, NotFound
from ccorch.operations.house import House
from ccorch.operations.look import Look, look
from ccorch.rules.calibrating import Proven, calibration, proven
from ccorch.rules.fitness import CAPABILITIES
from ccorch.rules.market import Candidate, candidates, of_model
from ccorch.rules.routing import choose
from ccorch.schema.base import Many, Value
from ccorch.schema.experience import CASES, Case
from ccorch.schema.measuring import CalibrateRequest, ModelsRequest
from ccorch.schema.model import Capability
from ccorch.schema.role import Role, Tier


class CapabilityScore(Value):
    """How good a model is at one thing, and what that rests on."""

    capability: Capability
    """What it is good at."""
    score: float
    """0 to 10, belief and measurements together."""
    belief: float
    """What is believed of its family."""
    measured: int
    """Benchmark results that moved it."""


class CaseHistory(Value):
    """What the suite found in one case."""

    case: Case
    """The case."""
    results: int
    """How often it was done."""
    right: float
    """Mean share of the answers that was right."""
    last_at: float
    """Unix time of the last result."""


class RoleQuality(Value):
    """How real work in one role was judged."""

    role: str
    """The role."""
    judgements: int
    """How many."""
    mean: float
    """Mean from 0 to 100."""


class ModelRow(Value):
    """One model at one profile."""

    profile: str
    """Profile that serves it."""
    source: str
    """Where the profile comes from."""
    kind: str
    """api_key is paid by the token, subscription by a plan."""
    model: str
    """Model id."""
    tiers: Many[Tier]
    """Tiers that the profile serves with it."""
    family: str | None
    """Family whose belief counts; null takes the base scores."""
    scores: Many[CapabilityScore]
    """Its capabilities."""
    usd_input: float | None
    """US dollars for a million tokens of input as this profile bills them; null is unknown or paid by a plan."""
    usd_output: float | None
    """The same for output."""
    bench: Many[CaseHistory] = ()
    """Benchmark history with this version of the suite."""
    quality: Many[RoleQuality] = ()
    """Judgements of real work, by role."""


class ModelsReply(Value):
    """The registry of models."""

    models: Many[ModelRow]
    """Every model of every profile that can be used."""
    prices_dated: str
    """Day of the packaged price list."""
    calibration: str | None
    """What the recorded calibration rests on; null when none is recorded."""


class CalibratedRole(Value):
    """The best model of a role that was measured enough."""

    role: str
    """The role."""
    profile: str
    """Profile that is preferred."""
    model: str
    """Model that is preferred there."""
    score: float
    """How fit it is for the role."""
    benched: int
    """Benchmark results behind it."""
    judged: int
    """Judgements of real work behind it."""
    others: int
    """Other candidates that were measured enough."""
    now: str | None
    """Route of today, as profile and model; null when there is none."""


class CalibrateReply(Value):
    """What calibration found, and whether it was recorded."""

    roles: Many[CalibratedRole]
    """Roles with a model that was measured enough."""
    without: Many[str]
    """Roles without one."""
    min_samples: int
    """Measurements that were asked for."""
    basis: str
    """What it rests on, in words; empty when nothing was measured enough."""
    recorded: bool = False
    """Whether it was recorded now."""
    forgotten: bool = False
    """Whether a recorded calibration was taken back now."""


def models(house: House, request: ModelsRequest) -> ModelsReply:
    """Every model of every usable profile with its scores, prices and history."""
    seen = look(house, request.overrides)
    found = [one for profile in seen.market.profiles if not profile.unusable for one in candidates(profile)]
    if request.model is not None:
        known, found = found, list(of_model(found, seen.market.model(request.model)))
        if not found:
            raise NotFound(f"no usable profile names model {request.model!r}", hint=_near(request.model, known))
    record = seen.market.experience.calibration
    return ModelsReply(
        models=tuple(_row(seen, one) for one in found),
        prices_dated=seen.config.prices.dated,
        calibration=record.basis if record else None,
    )


def calibrate(house: House, request: CalibrateRequest) -> CalibrateReply:
    """Tell what was measured enough to be preferred; record it, or take the record back, where asked to."""
    if request.apply and request.forget:
        raise ArgumentInvalid("--apply and --forget are opposites", hint="give one of them")
    if request.forget:
        had = house.records.experience().calibration is not None
        house.records.calibrate(None)
        return CalibrateReply(roles=(), without=(), min_samples=request.min_samples, basis="", forgotten=had)
    seen = look(house, request.overrides)
    roles = {name: role for name, role in seen.roles.items() if isinstance(role, Role)}
    best = {name: proven(seen.config, role, seen.market, request.min_samples) for name, role in roles.items()}
    found = {name: one for name, one in best.items() if one is not None}
    record = calibration(found, house.clock.now(), request.min_samples)
    if found and request.apply:
        house.records.calibrate(record)
    return CalibrateReply(
        roles=tuple(_calibrated(seen, roles[name], one) for name, one in found.items()),
        without=tuple(name for name in seen.roles if name not in found),
        min_samples=request.min_samples,
        basis=record.basis if found else "",
        recorded=bool(found) and request.apply,
    )


def _near(wanted: str, known: list[Candidate]) -> str:
    names = list(dict.fromkeys(one.model for one in known))
    close = get_close_matches(wanted, names, n=3) or names[:10]
    return f"named are {', '.join(close)}" if close else "`ccorch profiles` tells why none can be used"


def _row(seen: Look, one: Candidate) -> ModelRow:
    usd = seen.market.rates(one)
    fitness, key = seen.market.fitness, one.profile.key
    capable = fitness.capabilities(key, one.model)
    return ModelRow(
        profile=seen.market.name(one.profile),
        source=one.profile.source,
        kind=one.profile.kind,
        model=one.model,
        tiers=one.tiers,
        family=fitness.family(one.model),
        scores=tuple(
            CapabilityScore(
                capability=name,
                score=round(capable[name].score, 2),
                belief=capable[name].belief,
                measured=capable[name].measured,
            )
            for name in CAPABILITIES
        ),
        usd_input=usd[0],
        usd_output=usd[1],
        bench=tuple(_history(seen, one)),
        quality=tuple(_quality(seen, one)),
    )


def _history(seen: Look, one: Candidate) -> Iterator[CaseHistory]:
    results = seen.market.fitness.bench(one.profile.key, one.model)
    for case in CASES:
        of_case = [result for result in results if result.case == case]
        if of_case:
            right = round(sum(result.score for result in of_case) / len(of_case), 3)
            last = max(result.at for result in of_case)
            yield CaseHistory(case=case, results=len(of_case), right=right, last_at=last)


def _quality(seen: Look, one: Candidate) -> Iterator[RoleQuality]:
    judged = seen.market.fitness.quality(one.profile.key, one.model)
    for role in sorted({found.role for found in judged}):
        scores = [found.score for found in judged if found.role == role]
        yield RoleQuality(role=role, judgements=len(scores), mean=round(sum(scores) / len(scores), 1))


def _calibrated(seen: Look, role: Role, found: Proven) -> CalibratedRole:
    return CalibratedRole(
        role=role.name,
        profile=seen.market.name(found.candidate.profile),
        model=found.candidate.model,
        score=found.fit.score,
        benched=found.fit.benched,
        judged=found.fit.judged,
        others=found.others,
        now=_now(seen, role),
    )


def _now(seen: Look, role: Role) -> str | None:
    try:
        route = choose(seen.config, role, seen.market)
    except CcorchError:
        return None
    return f"{route.profile} · {route.model}"
