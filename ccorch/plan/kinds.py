"""Nodes of one kind differ in name and part of the work alone: route, prompt and limits are found once for all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from ccorch.errors import ConfigInvalid
from ccorch.plan import commands
from ccorch.plan.expand import Task
from ccorch.plan.facts import Facts
from ccorch.plan.lane import Lane
from ccorch.plan.prompts import system_prompt
from ccorch.plan.rehearsal import rehearsed
from ccorch.plan.setups import setup_of
from ccorch.rules.fallbacks import repriced
from ccorch.rules.market import Market
from ccorch.rules.retry import attempts_alone
from ccorch.rules.routing import choose, kept
from ccorch.rules.worst_case import dearest, worst_usd
from ccorch.schema.checks import Command
from ccorch.schema.config import RunConfig
from ccorch.schema.plan import PlanNode
from ccorch.schema.policy import Retries, WriteScope
from ccorch.schema.role import Role
from ccorch.schema.route import FallbackRoute, Route


@dataclass(frozen=True)
class Known:
    """What is known of all lanes before their nodes are made."""

    facts: Facts
    routes: Mapping[str, Route]
    """Of an earlier plan, by node."""
    retries: Retries
    again: Mapping[str, int]
    """By how much gates multiply the attempts of nodes."""


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


def nodes_of(lane: Lane, tasks: Sequence[Task], known: Known) -> tuple[PlanNode, ...]:
    """A node for each task; what it shares with others of its kind is found once."""
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


def _smallest(*limits: int | None) -> int:
    return min(limit for limit in limits if limit is not None)
