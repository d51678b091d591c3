"""Resolves configuration and facts about the project into a plan."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ccorch.errors import ConfigInvalid
from ccorch.plan.prompts import system_prompt
from ccorch.rules import graph
from ccorch.rules.ceilings import usd_for_run
from ccorch.rules.pricing import find
from ccorch.rules.routing import choose, kept
from ccorch.schema.base import fingerprint
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.config import RunConfig
from ccorch.schema.plan import Attachment, Cli, Inputs, Limits, Plan, PlanNode
from ccorch.schema.price import ModelPrice, Prices
from ccorch.schema.profile import Profile
from ccorch.schema.role import Role
from ccorch.schema.route import Route
from ccorch.schema.verbs import Asked
from ccorch.schema.workflow import WorkflowNode

WINDOW_TOKENS = 200_000
"""Context window that the worst case assumes for every turn, in tokens."""

ANSWER_TOKENS = 32_000
"""Output that the worst case assumes for every turn; Claude Code asks for at most this by default."""

MACHINE_KEYS = ("task", "claude")
"""Keys that are not part of the config's hash: the task has its own, the binary is named by version and hash."""


@dataclass(frozen=True)
class Lane:
    """One branch of a sweep: its name and its composed configuration."""

    name: str | None
    config: RunConfig
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What was found out about project and machine; the plan is a pure function of this and the lanes."""

    profiles: tuple[Profile, ...]
    ceiling: Ceiling
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
    first = lanes[0].config
    _check_graphs(lanes)
    nodes = tuple(node for lane in lanes for node in _nodes(lane, facts, routes or {}))
    used = {node.route.profile for node in nodes}
    profiles = tuple(profile for profile in facts.profiles if {profile.name, profile.id} & used)
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
        limits=_limits(lanes, facts.ceiling),
        checks=first.checks,
        nodes=nodes,
    )


def worst_usd(price: ModelPrice | None, max_turns: int, multiplier: float = 1.0) -> float | None:
    """Most that an attempt can cost: every turn with a full window and a full answer. None when unpriced."""
    if price is None:
        return None
    dearest = max(price.input, price.cache_write if price.cache_write is not None else price.input * 1.25)
    return round(multiplier * max_turns * (WINDOW_TOKENS * dearest + ANSWER_TOKENS * price.output) / 1e6, 6)


def node_id(lane: str | None, node: str) -> str:
    """A node's id in the plan; lanes are part of it."""
    return f"{lane}.{node}" if lane else node


def _check_graphs(lanes: Sequence[Lane]) -> None:
    names = Counter(node_id(lane.name, node.id) for lane in lanes for node in lane.config.workflow.nodes)
    problems = [f"node {name!r} is declared twice" for name, times in names.items() if times > 1]
    for lane in lanes:
        workflow = lane.config.workflow
        problems += [] if workflow.nodes else ["the workflow has no nodes"]
        problems += graph.problems({node.id: node.needs for node in workflow.nodes})
        problems += [
            f"node {node.id!r}: no role {node.role!r} in workflow.roles; known: {_names(workflow.roles)}"
            for node in workflow.nodes
            if node.role is not None and node.role not in workflow.roles
        ]
    if problems:
        said = tuple(f"workflow {lanes[0].config.workflow.name}: {problem}" for problem in dict.fromkeys(problems))
        raise ConfigInvalid(said[0], problems=said)


def _names(roles: Mapping[str, Role]) -> str:
    return ", ".join(roles) or "none"


def _nodes(lane: Lane, facts: Facts, routes: Mapping[str, Route]) -> tuple[PlanNode, ...]:
    return tuple(_node(lane, spec, facts, routes) for spec in lane.config.workflow.nodes)


def _node(lane: Lane, spec: WorkflowNode, facts: Facts, routes: Mapping[str, Route]) -> PlanNode:
    config = lane.config
    named = node_id(lane.name, spec.id)
    role = config.role if spec.role is None else config.workflow.roles[spec.role]
    route = kept(routes[named], facts.profiles) if named in routes else choose(config, role, facts.profiles)
    writes = config.policy.write and role.permission == "write"
    scope = (spec.write_scope or config.policy.write_scope) if writes else None
    max_turns = _smaller(role.max_turns, config.policy.max_turns)
    return PlanNode(
        id=named,
        lane=lane.name,
        role=role,
        route=route,
        needs=tuple(node_id(lane.name, need) for need in spec.needs),
        task=spec.task,
        system_prompt=system_prompt(role, writes, *((scope.allow, scope.deny) if scope else ())),
        writes=writes,
        write_scope=scope,
        timeout_seconds=_smaller(role.timeout_seconds, config.policy.timeout_seconds),
        max_turns=max_turns,
        images=role.images,
        worst_usd=worst_usd(_price(config, facts, route.model), max_turns, _multiplier(route, facts)),
    )


def _smaller(of_role: int | None, of_policy: int) -> int:
    return of_policy if of_role is None else min(of_role, of_policy)


def _inputs(lanes: Sequence[Lane], facts: Facts, nodes: Sequence[PlanNode], profiles: Sequence[Profile]) -> Inputs:
    config = lanes[0].config
    models = {node.route.model for node in nodes}
    data = [{key: value for key, value in lane.data.items() if key not in MACHINE_KEYS} for lane in lanes]
    return Inputs(
        config=fingerprint(data),
        task=hashlib.sha256(config.task.encode("utf-8", "surrogatepass")).hexdigest(),
        prompts=fingerprint([node.system_prompt for node in nodes]),
        profiles={profile.name: profile.fingerprint for profile in profiles},
        prices={model: _plain(_price(config, facts, model)) for model in sorted(models)},
        routing=fingerprint([node.route.model_dump(mode="json") for node in nodes]),
        cli=facts.cli,
        commit=facts.commit,
        dirty=facts.dirty,
    )


def _multiplier(route: Route, facts: Facts) -> float:
    return next(found.multiplier for found in facts.profiles if route.profile in (found.id, found.name))


def _price(config: RunConfig, facts: Facts, model: str) -> ModelPrice | None:
    own = find(facts.prices, model) if facts.prices else None
    return own or find(config.prices, model)


def _plain(price: ModelPrice | None) -> ModelPrice | None:
    return None if price is None else ModelPrice(**{name: getattr(price, name) for name in ModelPrice.model_fields})


def _limits(lanes: Sequence[Lane], ceiling: Ceiling) -> Limits:
    """The strictest limit of all lanes: they share one run."""
    configs = [lane.config for lane in lanes]
    money = [usd for config in configs if (usd := usd_for_run(config, ceiling)) is not None]
    return Limits(
        max_concurrent=min(config.policy.max_concurrent for config in configs),
        usd_per_run=min(money) if money else None,
        usd_per_day=ceiling.usd_per_day,
        unpriced="refuse" if any(config.cost.unpriced == "refuse" for config in configs) else "allow",
        route_mismatch="fail" if any(c.policy.route_mismatch == "fail" for c in configs) else "warn",
        priority=min(config.queue.priority for config in configs),
        keep_raw=min(config.policy.keep_raw for config in configs),
    )
