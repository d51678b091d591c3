"""What `models bench` runs: which profiles and models, each with every case as an ordinary plan."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ccorch.errors import ArgumentInvalid, ProfileUnusable
from ccorch.operations import bench_suite
from ccorch.operations.bench_reply import BenchRow
from ccorch.operations.house import House
from ccorch.operations.planning import Prepared, composed_lanes, prepare
from ccorch.rules.market import Market, candidates, of_model
from ccorch.schema.asked import Asked, Overlay
from ccorch.schema.bench import CaseFile
from ccorch.schema.config import RunConfig
from ccorch.schema.measuring import BenchRequest
from ccorch.schema.profile import Profile

BASE = {"role": "review", "workflow": "single"}
"""Options that every case starts from; all of the role that a worker is told comes from the case."""

MOST_RUNS = 500
"""Runs of one call; more is hardly meant."""

ROLE_PREFIX = "bench_"
"""What the name of a case's role begins with, so that no preference and no quality of a real role is meant."""

SCRIPTED = "try `ccorch models bench --profile scripted --run script=bench`, which needs no account"


@dataclass(frozen=True)
class Trial:
    """One case, ready to be run for one model at one profile."""

    case: CaseFile
    profile: Profile
    prepared: Prepared
    row: BenchRow


def trials(house: House, request: BenchRequest) -> Iterator[Trial]:
    """Every case for every model at every profile, planned; raises what planning raises."""
    wanted = bench_suite.cases(request.case)
    rooms = {case.name: replace(house, project=bench_suite.project(house, case)) for case in wanted}
    asked = Asked(overrides=request.overrides, overlay=Overlay(groups=BASE))
    config = composed_lanes(rooms[wanted[0].name], asked, "bench", None)[0].config
    targets = _targets(house, request, config)
    if len(targets) * len(wanted) > MOST_RUNS:
        raise ArgumentInvalid(
            f"{len(targets)} models at all profiles by {len(wanted)} case(s) are more than {MOST_RUNS} runs",
            hint="name some with --profile, --model or --case",
        )
    for profile, model in targets:
        for case in wanted:
            yield _trial(rooms[case.name], request, case, profile, model, config)


def _trial(
    room: House, request: BenchRequest, case: CaseFile, profile: Profile, model: str, config: RunConfig
) -> Trial:
    prepared = prepare(room, _asked(room, request, case, profile, model, config), case.task, None)
    node = prepared.plan.nodes[0]
    worst = None if node.worst_usd is None else prepared.plan.worst_usd
    row = BenchRow(profile=node.route.profile, model=node.route.model, case=case.name, worst_usd=worst)
    return Trial(case, profile, prepared, row)


def _asked(
    room: House, request: BenchRequest, case: CaseFile, profile: Profile, model: str, config: RunConfig
) -> Asked:
    """What a case says of its run, beside the caller's overrides; a key that is set in both is refused."""
    ceiling = room.ceiling()
    values: dict[str, Any] = {
        "role.name": ROLE_PREFIX + case.name,
        "role.summary": case.summary,
        "role.prompt": case.prompt,
        "role.tools": list(case.tools),
        "role.permission": "read",
        "role.handoff": case.expects.handoff,
        "role.images": case.images,
        "role.max_turns": min(case.max_turns, ceiling.max_turns),
        "role.timeout_seconds": min(case.timeout_seconds, ceiling.timeout_seconds),
        "policy.write": False,
        "attach": list(case.attach),
        "context": None,
        "worker": "claude",
        "label": f"bench:{case.name}",
        "profile": profile.key,
        "model": model,
    }
    if not any(word.lstrip("+").startswith("cost.usd_per_run=") for word in request.overrides):
        limits = (case.usd, config.cost.usd_per_run, ceiling.usd_per_run)
        values["cost.usd_per_run"] = min(limit for limit in limits if limit is not None)
    return Asked(overrides=request.overrides, overlay=Overlay(groups=BASE, set=values))


def _targets(house: House, request: BenchRequest, config: RunConfig) -> list[tuple[Profile, str]]:
    """Profiles with the models to measure: those that are named, else all that can be launched."""
    market = Market(config, house.profiles.all(config.profiles))
    models = tuple(dict.fromkeys(map(market.model, request.model)))
    if request.profile:
        named = {found.key: found for found in map(market.named, request.profile)}
        found = [(profile, model) for profile in named.values() for model in models or _offered(profile)]
    else:
        of_all = [one for model in models for one in of_model(market.offered, model)] if models else market.offered
        found = list({(one.profile.key, one.model): (one.profile, one.model) for one in of_all}.values())
    if found:
        return found
    if not request.profile and not market.offered:
        raise ProfileUnusable("no profile can be launched", hint=SCRIPTED)
    raise ArgumentInvalid(
        f"no such profile names {' or '.join(models) or 'a model'}", hint="name both, with --profile and --model"
    )


def _offered(profile: Profile) -> tuple[str, ...]:
    return tuple(candidate.model for candidate in candidates(profile))


def warnings(trials: tuple[Trial, ...]) -> Iterator[str]:
    """What the caller should know before running them."""
    refused = [trial for trial in trials if trial.row.worst_usd is None]
    for model in dict.fromkeys(trial.row.model for trial in refused):
        allowed = next(t for t in refused if t.row.model == model).prepared.plan.limits.unpriced == "allow"
        end = "its money is unknown" if allowed else "it is not run (cost.unpriced=refuse)"
        yield f"no price known for {model}: {end}"
    if any(trial.profile.source == "scripted" for trial in trials):
        yield "profile scripted: answers come from a script, not from a model"
