"""A plan's nodes and gates as `plan` shows them."""

from collections.abc import Mapping
from typing import Any

from ccorch.rules.trial import shown
from ccorch.schema.base import Many, Value
from ccorch.schema.plan import Plan, PlanGate, PlanNode
from ccorch.schema.route import FallbackRoute


class PlannedNode(Value):
    """A node as `plan` shows it."""

    id: str
    """Node id."""
    role: str
    """Role that works."""
    profile: str
    """Profile that serves it."""
    model: str
    """Model it runs on."""
    reason: str
    """Why this route."""
    score: float | None = None
    """How fit the model is for the role, 0 to 10; null when it was not weighed."""
    fallbacks: Many[FallbackRoute] = ()
    """What its plan declares for when the route fails, by class of error."""
    needs: Many[str]
    """Nodes before it."""
    writes: bool
    """Whether it works in a worktree that it may change."""
    commands: Many[str] = ()
    """Commands that are run in place of a worker, as a shell would take them."""
    worst_usd: float | None
    """Most one attempt can cost before the run's limit; null is unknown, or a subscription's."""
    plan: bool = False
    """Whether a subscription pays for it: then turns limit it and no money."""
    most_attempts: int
    """How often it can be tried in all."""
    timeout_seconds: int
    """Longest wall time of one attempt."""
    max_turns: int
    """Most model turns of one attempt."""
    usd: float | None = None
    """Most that all its attempts may spend together; null leaves the limits of the run."""
    tokens: int | None = None
    """The same in tokens of all kinds."""


class PlannedGate(Value):
    """A gate as `plan` shows it."""

    id: str
    """Gate id."""
    needs: Many[str]
    """Nodes that it judges."""
    pass_when: Many[str]
    """Conditions that must all hold."""
    question: str | None
    """What somebody is asked; null where conditions alone decide."""
    choices: Many[str]
    """What may be answered."""
    deadline_seconds: int | None
    """Seconds after which the default is the answer; null waits for ever."""
    default: str | None
    """Answer at the deadline."""
    reopens: str | None
    """Node that is done again, with all after it, when the gate does not pass."""
    most_reopenings: int
    """How often it may do so."""


def planned_nodes(plan: Plan) -> tuple[PlannedNode, ...]:
    """Its nodes with the limits that hold for them; what is said of a route is found once for all that take it."""
    routes = {id(node.route): node for node in plan.nodes}
    ways = {route: _way(plan, node) for route, node in routes.items()}
    return tuple([_planned(plan, node, ways[id(node.route)]) for node in plan.nodes])


def _way(plan: Plan, node: PlanNode) -> dict[str, Any]:
    route = node.route
    return {
        "profile": route.profile,
        "model": route.model,
        "reason": route.reason,
        "score": route.score,
        "fallbacks": route.fallbacks,
        "plan": plan.is_covered(node),
    }


def _planned(plan: Plan, node: PlanNode, way: Mapping[str, Any]) -> PlannedNode:
    return PlannedNode(
        **way,
        id=node.id,
        role=node.role.name,
        needs=node.needs,
        writes=node.writes,
        commands=tuple(map(shown, node.commands)) if node.commands else (),
        worst_usd=node.worst_usd,
        most_attempts=node.most_attempts,
        timeout_seconds=node.timeout_seconds,
        max_turns=node.max_turns,
        usd=plan.usd_of(node),
        tokens=plan.tokens_of(node),
    )


def planned_gate(gate: PlanGate) -> PlannedGate:
    """A gate with what it asks and what it has done again."""
    approval, reopen = gate.approval, gate.on_fail
    return PlannedGate(
        id=gate.id,
        needs=gate.needs,
        pass_when=gate.pass_when,
        question=approval.question if approval else None,
        choices=approval.choices if approval else (),
        deadline_seconds=approval.deadline_seconds if approval else None,
        default=approval.default if approval else None,
        reopens=reopen.reopen if reopen else None,
        most_reopenings=reopen.max if reopen else 0,
    )
