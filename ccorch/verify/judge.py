"""Judges a finished run by its facts; what cannot be read is unknown, never passed."""

from collections.abc import Mapping
from dataclasses import dataclass

from ccorch.rules.pricing import same_model
from ccorch.rules.scope import violations
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run import RunState
from ccorch.schema.verdict import Check, Judgement, Verdict

WORST: tuple[Judgement, ...] = ("fail", "blocked", "unknown", "pass")


@dataclass(frozen=True)
class NodeFacts:
    """What lies in the run folder about a node's latest attempt; None is unknown."""

    changed: tuple[str, ...] | None
    """Paths that a writing attempt changed."""
    served: tuple[str, ...]
    """Models that answered."""
    folder: str
    """Evidence folder, relative to the run's."""


def judge(plan: Plan, state: RunState, facts: Mapping[str, NodeFacts]) -> Verdict:
    """The verdict on a run: the worst of its checks."""
    checks = [_ended(plan, state)]
    if plan.worker == "claude" and plan.checks.route:
        checks += [_route(node, facts[node.id]) for node in plan.nodes if _asks(node, state)]
    if plan.worker == "claude" and plan.checks.write_scope:
        checks += [_scope(node, facts[node.id]) for node in plan.nodes if node.writes]
    judgement = min((check.judgement for check in checks), key=WORST.index)
    return Verdict(judgement=judgement, checks=tuple(checks))


def _asks(node: PlanNode, state: RunState) -> bool:
    """Whether the node has asked a model."""
    return state.nodes[node.id].attempt > 0 and not node.commands


def _ended(plan: Plan, state: RunState) -> Check:
    open_ended = [f"{name} {node.status}" for name, node in state.nodes.items() if node.status != "passed"]
    if plan.worker == "simulated":
        return Check(name="nodes passed", judgement="unknown", reason="simulated: no worker ran")
    if open_ended:
        return Check(name="nodes passed", judgement="fail", reason=", ".join(open_ended))
    return Check(name="nodes passed", judgement="pass", reason=f"all {len(state.nodes)} passed")


def _route(node: PlanNode, facts: NodeFacts) -> Check:
    name = f"route of {node.id}"
    evidence = (f"{facts.folder}/stream.ndjson",)
    if not facts.served:
        return Check(name=name, judgement="unknown", reason="no model answered", evidence=evidence)
    others = [model for model in facts.served if not same_model(node.route.model, model)]
    if others:
        said = f"{node.route.model} was planned, {', '.join(others)} answered"
        return Check(name=name, judgement="fail", reason=said, evidence=evidence)
    return Check(name=name, judgement="pass", reason=f"{node.route.model} answered", evidence=evidence)


def _scope(node: PlanNode, facts: NodeFacts) -> Check:
    name = f"write scope of {node.id}"
    evidence = (f"{facts.folder}/diff.patch",)
    if facts.changed is None or node.write_scope is None:
        return Check(name=name, judgement="unknown", reason="the change cannot be read", evidence=evidence)
    outside = violations(node.write_scope, facts.changed)
    if outside:
        return Check(
            name=name, judgement="fail", reason=f"outside the scope: {', '.join(outside)}", evidence=evidence
        )
    return Check(name=name, judgement="pass", reason=f"{len(facts.changed)} files, all inside", evidence=evidence)
