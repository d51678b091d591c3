"""Judges a run that is over by its facts; what cannot be read is unknown, never passed."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from ccorch.rules.amounts import number, some
from ccorch.rules.checkout import is_grave
from ccorch.rules.pricing import same_model
from ccorch.rules.rerouting import on_its_way
from ccorch.rules.scope import trespasses
from ccorch.schema.plan import Plan, PlanNode
from ccorch.schema.run_state import RunState
from ccorch.schema.verdict import Check, Judgement, Verdict
from ccorch.verify.evidence import Evidence, NodeFacts

GENUINE = "evidence"
WORST: tuple[Judgement, ...] = ("fail", "blocked", "unknown", "pass")


def judge(found: Evidence) -> Verdict:
    """The verdict on a run: the worst of its checks."""
    return concluded(checks_of(found))


def concluded(checks: Iterable[Check]) -> Verdict:
    """A verdict that consists of these checks."""
    made = tuple(checks)
    return Verdict(judgement=worst(made), checks=made)


def worst(checks: Iterable[Check]) -> Judgement:
    """The worst that checks say; of none, nothing is known."""
    return min((check.judgement for check in checks), key=WORST.index, default="unknown")


def checks_of(found: Evidence) -> tuple[Check, ...]:
    """What the evidence of the nodes says."""
    plan, state, facts = found.plan, found.state, found.nodes
    checks = [_ended(plan, state)]
    if plan.worker == "simulated":
        return tuple(checks)
    if plan.checks.route:
        checks += [_route(_gone(node, state), facts[node.id]) for node in plan.nodes if _asks(node, state)]
    return (*checks, *of_nodes(found, facts))


def of_nodes(found: Evidence, names: Collection[str]) -> Iterator[Check]:
    """What the evidence says of what these nodes wrote and of what was noticed in them."""
    plan, facts = found.plan, found.nodes
    nodes = [node for node in plan.nodes if node.id in names]
    writers = [node for node in nodes if node.writes and found.state.nodes[node.id].status != "omitted"]
    if plan.checks.write_scope:
        yield from (_scope(node, facts[node.id]) for node in writers)
    if plan.checks.checkout:
        yield from (_checkout(node, facts[node.id]) for node in writers)
    yield from _findings(found, nodes)


def genuine(forged: Sequence[str] | None) -> Check:
    """Whether what the run is judged by is what ccorch wrote; who can write it can write a verdict, too."""
    if forged is None:
        said = "nothing was noted of what its files were, so nobody can tell whether they are"
        return Check(name=GENUINE, judgement="unknown", reason=said)
    if forged:
        return Check(name=GENUINE, judgement="fail", reason=f"not as ccorch wrote it: {some(forged)}")
    return Check(name=GENUINE, judgement="pass", reason="every file is as ccorch wrote it")


def _findings(found: Evidence, nodes: Iterable[PlanNode]) -> Iterator[Check]:
    """One check for each node in whose latest attempt something was noticed that stands against acceptance."""
    for node in nodes:
        if blocking := [finding for finding in found.nodes[node.id].findings if finding.blocking]:
            said = "; ".join(f"{finding.code}: {finding.message}" for finding in blocking)
            yield Check(name=f"noticed in {node.id}", judgement="fail", reason=said, evidence=("events.ndjson",))


def _gone(node: PlanNode, state: RunState) -> PlanNode:
    """The node on the declared route that its latest attempt took."""
    return on_its_way(node, state.nodes[node.id].way)


def _asks(node: PlanNode, state: RunState) -> bool:
    """Whether the node has asked a model."""
    return state.nodes[node.id].attempt > 0 and not node.commands


def _ended(plan: Plan, state: RunState) -> Check:
    open_ended = [
        f"{name} {node.status}" for name, node in state.nodes.items() if node.status not in ("passed", "omitted")
    ]
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
    name, change = f"write scope of {node.id}", facts.change
    evidence = (f"{facts.folder}/diff.patch", f"{facts.folder}/change.json")
    if change is None or node.write_scope is None:
        return Check(name=name, judgement="unknown", reason="the change cannot be read", evidence=evidence)
    if against := trespasses(node.write_scope, change):
        return Check(name=name, judgement="fail", reason="; ".join(against), evidence=evidence)
    if change.unlisted:
        said = f"{change.unlisted} more files than can be listed are in no commit"
        return Check(name=name, judgement="unknown", reason=said, evidence=evidence)
    return Check(
        name=name, judgement="pass", reason=f"{number(len(change.files), 'file')}, all inside", evidence=evidence
    )


def _checkout(node: PlanNode, facts: NodeFacts) -> Check:
    """Who edits their own checkout meanwhile is in nobody's way, as long as the worker cannot have been it."""
    name, evidence = f"checkout during {node.id}", (f"{facts.folder}/change.json", f"{facts.folder}/checkout.json")
    different = facts.change.checkout if facts.change else None
    if different is None:
        return Check(name=name, judgement="unknown", reason="it was not looked at", evidence=evidence)
    if not different:
        return Check(name=name, judgement="pass", reason="stayed as it was", evidence=evidence)
    grave = [one for one in different if is_grave(one)]
    if not facts.ran_programs and not grave:
        said = f"the worker started no program, so it was not the worker: {some(different)}"
        return Check(name=name, judgement="pass", reason=said, evidence=evidence)
    said = f"{some(grave or different)}; if that was you, `--own-edits` says so"
    return Check(name=name, judgement="unknown", reason=said, evidence=evidence)
