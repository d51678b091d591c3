"""Resolves configuration and facts about the project into a plan."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from ccorch.errors import ConfigInvalid
from ccorch.plan import commands
from ccorch.plan.expand import Task, expand, node_id
from ccorch.plan.faults import faults
from ccorch.plan.lane import Lane
from ccorch.plan.limits import check_money, limits_of
from ccorch.plan.prompts import system_prompt
from ccorch.plan.proving import unproven
from ccorch.plan.rehearsal import rehearsed, unrehearsable
from ccorch.plan.room import overlong
from ccorch.plan.setups import setup_of, with_ports
from ccorch.rules.composing import Flat
from ccorch.rules.fallbacks import repriced
from ccorch.rules.fault import Fault
from ccorch.rules.graph import batches
from ccorch.rules.market import Market
from ccorch.rules.overlap import turns
from ccorch.rules.pricing import pricer
from ccorch.rules.retry import attempts_alone, done_again
from ccorch.rules.routing import choose, kept
from ccorch.rules.worst_case import dearest, worst_usd
from ccorch.schema.asked import Asked
from ccorch.schema.base import fingerprint, fingerprint_of
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.checks import Command
from ccorch.schema.config import RunConfig
from ccorch.schema.experience import Experience
from ccorch.schema.plan import Attachment, Cli, Inputs, Plan, PlanGate, PlanNode, Vertex
from ccorch.schema.policy import Retries, WriteScope
from ccorch.schema.price import ModelPrice, Prices
from ccorch.schema.profile import Profile
from ccorch.schema.role import Role
from ccorch.schema.route import FallbackRoute, Route

MACHINE_KEYS = ("task", "claude")
"""Keys that are not part of the config's hash: the task has its own, the binary is named by version and hash."""


MOST_TOLD = 50
"""Problems that are told with their places."""

MONEY = {"fallbacks": {"__all__": {"worst_usd"}}}
"""What of a route follows from prices."""


@dataclass(frozen=True)
class Facts:
    """What was found out about project and machine; the plan is a pure function of this and the lanes."""

    profiles: tuple[Profile, ...]
    ceiling: Ceiling
    experience: Experience = field(default_factory=Experience)
    """What was measured of models."""
    prices: Prices | None = None
    """Prices that a profile source keeps itself; they come before the packaged ones."""
    cli: Cli | None = None
    commit: str | None = None
    dirty: str | None = None
    attachments: tuple[Attachment, ...] = ()
    script: str | None = None
    script_sha256: str | None = None


def build(asked: Asked, lanes: Sequence[Lane], facts: Facts, routes: Mapping[str, Route] | None = None) -> Plan:
    """The plan of these lanes; raises ConfigInvalid with every problem of the DAG at once.

    `routes` are those of an earlier plan: nodes that have one keep it, whatever would be chosen today.
    """
    lanes = [replace(lane, config=commands.settled(lane.config)) for lane in lanes]
    first = lanes[0].config
    _check_prompts(lanes)
    flats = [(lane, lane.vertices) for lane in lanes]
    _check_graphs(flats)
    parts = [(lane, expand(flat, lane.name)) for lane, flat in flats]
    gates = tuple(gate for _, part in parts for gate in part.gates)
    limits = limits_of(lanes, facts.ceiling)
    needs = {task.id: task.needs for _, part in parts for task in part.tasks}
    needs |= {gate.id: gate.needs for gate in gates}
    known = _Known(facts, routes or {}, limits.retries, done_again(needs, gates))
    nodes = tuple(node for lane, part in parts for node in _nodes(lane, part.tasks, known))
    _check_room(lanes[0], nodes, facts.attachments)
    if told := tuple(unproven(nodes, gates, first.checks)):
        raise ConfigInvalid(told[0], problems=told)
    check_money(lanes, nodes, limits, facts.profiles)
    nodes = tuple(in_turn(tuple(with_ports(nodes)), gates))
    profiles = _used(nodes, (*facts.profiles, commands.PROFILE))
    plays = first.worker == "claude" and any(profile.source == "scripted" for profile in profiles)
    return Plan(
        worker=first.worker,
        asked=asked,
        task=first.task,
        context=first.context,
        attachments=facts.attachments,
        script=facts.script if plays else None,
        script_sha256=facts.script_sha256 if plays else None,
        label=first.label,
        profiles=profiles,
        prices_dated=first.prices.dated,
        inputs=_inputs(lanes, facts, nodes, profiles),
        limits=limits,
        checks=first.checks,
        nodes=nodes,
        gates=gates,
    )


def in_turn(nodes: Sequence[PlanNode], gates: Sequence[PlanGate]) -> Iterator[PlanNode]:
    """The nodes, told whom they wait for where both may write the same files; lanes are alternatives."""
    waits: dict[str, tuple[str, ...]] = {}
    for lane in dict.fromkeys(node.lane for node in nodes if node.writes):
        vertices: tuple[Vertex, ...] = (*nodes, *gates)
        needs = {one.id: one.needs for one in vertices if one.lane == lane}
        scopes = {one.id: one.write_scope for one in nodes if one.lane == lane and one.write_scope is not None}
        if len(scopes) > 1:
            ordered = (name for layer in batches(needs) for name in layer)
            waits |= turns({name: needs[name] for name in ordered}, scopes)
    for node in nodes:
        yield node.model_copy(update={"after": waits[node.id]}) if node.id in waits else node


def _check_prompts(lanes: Sequence[Lane]) -> None:
    for lane in lanes:
        if missing := lane.config.prompt.missing:
            wanted = " ".join(f"prompt.values.{name}=…" for name in missing)
            said = f"prompt {lane.config.prompt.name} needs {', '.join(missing)}"
            raise ConfigInvalid(said, hint=f"give {wanted}")


def _check_graphs(flats: Sequence[tuple[Lane, Flat]]) -> None:
    found = [
        (lane, one)
        for lane, flat in flats
        for one in (*_of_workflow(lane, flat), *unrehearsable(lane.config, flat))
    ]
    known = [said for lane, _ in flats for said in lane.problems]
    if found or known:
        told = tuple(dict.fromkeys((*known, *(_told(lane, one) for lane, one in found[:MOST_TOLD]))))
        more = (f"and {len(found) - MOST_TOLD} more",) if len(found) > MOST_TOLD else ()
        raise ConfigInvalid(told[0], problems=(*told, *more))
    names = Counter(node_id(lane.name, node.id) for lane, flat in flats for node in flat.workflow.nodes)
    twice = tuple(f"node {name!r} is in two lanes" for name, times in names.items() if times > 1)
    if twice:
        raise ConfigInvalid(twice[0], problems=twice)


def _check_room(lane: Lane, nodes: Sequence[PlanNode], attachments: Sequence[Attachment]) -> None:
    found = [_told(lane, one) for one in overlong(lane.config, nodes, attachments)]
    if found:
        more = (f"and {len(found) - MOST_TOLD} more",) if len(found) > MOST_TOLD else ()
        raise ConfigInvalid(found[0], problems=(*found[:MOST_TOLD], *more))


def _of_workflow(lane: Lane, flat: Flat) -> Iterator[Fault]:
    for one in faults(flat, lane.config.role):
        yield Fault(one.key, f"workflow {flat.workflow.name}: {one.message}")


def _told(lane: Lane, one: Fault) -> str:
    place = lane.place(one.key)
    return f"{place}: {one.message}" if place else one.message


class _Kind(NamedTuple):
    """What nodes have in common that differ in nothing but their name and their part of the work."""

    role: str | None
    profile: str | None
    model: str | None
    max_turns: int | None
    timeout_seconds: int | None
    write_scope: WriteScope | None
    usd: float | None
    tokens: int | None
    commands: tuple[Command, ...]
    kept: Route | None
    """Route of an earlier plan."""


@dataclass(frozen=True)
class _Known:
    """What is known of all lanes before their nodes are made."""

    facts: Facts
    routes: Mapping[str, Route]
    """Of an earlier plan, by node."""
    retries: Retries
    again: Mapping[str, int]
    """By how much gates multiply the attempts of nodes."""


def _nodes(lane: Lane, tasks: Sequence[Task], known: _Known) -> tuple[PlanNode, ...]:
    facts, routes, again = known.facts, known.routes, known.again
    market = Market(lane.config, facts.profiles, facts.experience, facts.prices)

    @cache
    def common(kind: _Kind) -> tuple[dict[str, Any], int]:
        found = _of_commands(lane, kind) if kind.commands else _common(lane, kind, market)
        return found, attempts_alone(found["writes"], found["route"], known.retries)

    def node(task: Task) -> PlanNode:
        found, attempts = common(_kind(task, routes.get(task.id)))
        return PlanNode(
            **found,
            id=task.id,
            needs=task.needs,
            when=task.when,
            fan_out=task.fan_out,
            simulate=rehearsed(lane, task),
            task=task.words,
            most_attempts=attempts * again.get(task.id, 1),
        )

    return tuple(map(node, tasks))


def _kind(task: Task, before: Route | None) -> _Kind:
    one, spec = task.member, task.spec
    limits = (spec.max_turns, spec.timeout_seconds, spec.write_scope, spec.usd, spec.tokens)
    return _Kind(one.role, one.profile, one.model, *limits, spec.commands, kept=before)


def _route(lane: Lane, kind: _Kind, role: Role, market: Market) -> Route:
    if kind.kept is not None:
        return kept(kind.kept, market)
    pins = {"profile": kind.profile, "model": kind.model}
    try:
        return choose(lane.config.model_copy(update={name: pin for name, pin in pins.items() if pin}), role, market)
    except ConfigInvalid as problem:
        raise _placed(problem, lane) from None


def _placed(problem: ConfigInvalid, lane: Lane) -> ConfigInvalid:
    """The same problems, each with the place where its key was set."""
    places = [lane.place(said.partition(":")[0]) for said in problem.problems]
    told = tuple(
        f"{place}: {said}" if place else said for place, said in zip(places, problem.problems, strict=True)
    )
    return ConfigInvalid("; ".join(told), problems=told, hint=problem.hint)


def _role(config: RunConfig, key: str | None) -> Role:
    return config.role if key is None else config.workflow.roles[key]


def _common(lane: Lane, kind: _Kind, market: Market) -> dict[str, Any]:
    config, role = lane.config, _role(lane.config, kind.role)
    route = _route(lane, kind, role, market)
    writes = config.policy.write and role.permission == "write"
    scope = (kind.write_scope or config.policy.write_scope) if writes else None
    max_turns = _smallest(kind.max_turns, role.max_turns, config.policy.max_turns)
    fallbacks = tuple(repriced(fallback, max_turns, market) for fallback in route.fallbacks)
    profile = market.named(route.profile)
    # for what a subscription is asked there is no price
    price = market.price(route.model) if profile.needs_gateway else None
    own = worst_usd(price, max_turns, profile.multiplier)
    return {
        "lane": lane.name,
        "role": role,
        "route": route.model_copy(update={"fallbacks": fallbacks}),
        "system_prompt": system_prompt(
            role, writes, *((scope.allow, scope.deny) if scope else ((), ())), config.prompt.words
        ),
        "writes": writes,
        "write_scope": scope,
        "sandbox": config.policy.sandbox if writes else "off",
        "worktree": setup_of(config) if writes else None,
        "timeout_seconds": _smallest(kind.timeout_seconds, role.timeout_seconds, config.policy.timeout_seconds),
        "max_turns": max_turns,
        "usd": kind.usd,
        "tokens": kind.tokens,
        "images": role.images,
        "worst_usd": dearest(own, *(fallback.worst_usd for fallback in _metered(fallbacks, market))),
    }


def _of_commands(lane: Lane, kind: _Kind) -> dict[str, Any]:
    """What is the same for all nodes that run these commands: no model, no money, nothing that is kept."""
    return {
        "lane": lane.name,
        "role": commands.ROLE,
        "route": commands.ROUTE,
        "system_prompt": "",
        "writes": False,
        "commands": kind.commands,
        "sandbox": lane.config.policy.sandbox,
        "worktree": setup_of(lane.config),
        "timeout_seconds": _smallest(kind.timeout_seconds, lane.config.policy.timeout_seconds),
        "max_turns": 1,
        "worst_usd": 0.0,
    }


def _metered(fallbacks: Sequence[FallbackRoute], market: Market) -> Iterator[FallbackRoute]:
    return (one for one in fallbacks if market.named(one.profile).kind != "subscription")


def _used(nodes: Sequence[PlanNode], profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The profiles that routes and their fallbacks name."""
    names = {way.profile for node in nodes for way in node.route.ways}
    ids = {profile.id for profile in profiles}
    return tuple(one for one in profiles if one.id in names or (one.name in names and one.name not in ids))


def _smallest(*limits: int | None) -> int:
    return min(limit for limit in limits if limit is not None)


def _inputs(lanes: Sequence[Lane], facts: Facts, nodes: Sequence[PlanNode], profiles: Sequence[Profile]) -> Inputs:
    config = lanes[0].config
    models = {way.model for node in nodes if not node.commands for way in node.route.ways}
    price = pricer(facts.prices, config.prices)
    alike = Counter(name for profile in profiles for name in {profile.name, profile.key})
    data = [{key: value for key, value in lane.data.items() if key not in MACHINE_KEYS} for lane in lanes]
    return Inputs(
        config=fingerprint(data),
        task=hashlib.sha256(config.task.encode("utf-8", "surrogatepass")).hexdigest(),
        prompts=fingerprint_of([node.system_prompt for node in nodes], str),
        profiles={one.key if alike[one.name] > 1 else one.name: one.fingerprint for one in profiles},
        prices={model: _plain(price(model)) for model in sorted(models)},
        routing=_routing(nodes),
        cli=facts.cli,
        commit=facts.commit,
        dirty=facts.dirty,
    )


def _routing(nodes: Sequence[PlanNode]) -> str:
    # nodes of a kind share their route, and large plans have few kinds
    routes = [node.route for node in nodes]
    return fingerprint_of(routes, lambda route: route.model_dump(mode="json", exclude=MONEY))


def _plain(price: ModelPrice | None) -> ModelPrice | None:
    return None if price is None else ModelPrice(**{name: getattr(price, name) for name in ModelPrice.model_fields})
