"""Everything that is wrong with an authored workflow, found before anything runs, each at its key."""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from ccorch.plan.commands import CONTRACT, OF_WORKERS
from ccorch.plan.expand import is_many, members
from ccorch.rules import graph
from ccorch.rules.expression import ExpressionInvalid, NodeType, check, names, node_type, parse
from ccorch.schema.ids import NODE_ID
from ccorch.schema.role import Role
from ccorch.schema.workflow import Approval, Workflow, WorkflowNode

MOST_VERTICES = 10_000
"""Most nodes and gates of a plan."""

OF_WORK = (
    *("role", "task", "when", "fan_out", "each", "profile", "model", "commands", "checks"),
    *("write_scope", "max_turns", "timeout_seconds", "usd", "tokens"),
)
OF_GATES = ("pass_when", "approval", "on_fail")
"""What only the one kind of node may say."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a workflow, and at which key."""

    key: str
    """Dotted key of the configuration."""
    message: str


def faults(workflow: Workflow, role: Role) -> tuple[Fault, ...]:
    """Everything that is wrong; `role` is the run's own, which nodes without a role take."""
    return (
        *_whole(workflow),
        *_names(workflow),
        *_kinds(workflow),
        *_roles(workflow),
        *_edges(workflow),
        *_reopenings(workflow),
        *_conditions(workflow, role),
    )


def _at(place: int, field: str = "") -> str:
    return f"workflow.nodes.{place}.{field}".rstrip(".")


def _guess(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, 1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _whole(workflow: Workflow) -> Iterator[Fault]:
    if not workflow.nodes:
        yield Fault("workflow.nodes", "the workflow has no nodes")
    if workflow.sources == ():
        yield Fault(
            "workflow.sources",
            "it looks at handoffs of other runs: name them in workflow.sources",
        )
    for_each = {node.each for node in workflow.nodes}
    if "roles" in for_each and not workflow.roles:
        yield Fault("workflow.roles", "nodes are done once for each role, and there is none; name roles")
    if "voters" in for_each and not workflow.asked:
        yield Fault("workflow.voters", "nodes are done once for each voter, and there is none; give a number")


def _names(workflow: Workflow) -> Iterator[Fault]:
    seen: set[str] = set()
    vertices = 0
    for place, node in enumerate(workflow.nodes):
        made = members(workflow, node, node.id) if is_many(node) else ()
        vertices += len(made) if is_many(node) else 1
        for name in (node.id, *(member.id for member in made)):
            if name in seen:
                yield Fault(_at(place, "id"), f"node {name!r} is declared twice")
            elif made and not re.fullmatch(NODE_ID, name):
                yield Fault(_at(place, "id"), f"{name!r} cannot be a node's name: lower case, 100 letters at most")
            seen.add(name)
    if vertices > MOST_VERTICES:
        yield Fault("workflow.nodes", f"{vertices} nodes are more than the {MOST_VERTICES} that a plan may have")


def _kinds(workflow: Workflow) -> Iterator[Fault]:
    for place, node in enumerate(workflow.nodes):
        foreign = OF_WORK if node.kind == "gate" else OF_GATES
        for field in foreign:
            if getattr(node, field) not in (None, (), False):
                other = "work" if node.kind == "gate" else "gate"
                said = f"node {node.id!r} is kind {node.kind}; {field} belongs to {other}"
                yield Fault(_at(place, field), said)
        yield from _many(place, node)
        yield from _commands(place, node)
        if node.kind == "gate" and not node.needs:
            yield Fault(_at(place), f"gate {node.id!r} judges nothing: it needs no node")
        if node.approval:
            yield from _approval(place, node.id, node.approval)


def _many(place: int, node: WorkflowNode) -> Iterator[Fault]:
    if node.fan_out == ():
        yield Fault(_at(place, "fan_out"), f"node {node.id!r}: the fan-out has no items")
    if node.fan_out is not None and node.each is not None:
        yield Fault(_at(place, "each"), f"node {node.id!r} has a fan-out and is done for each of {node.each} too")
    if node.each == "roles" and node.role is not None:
        yield Fault(_at(place, "role"), f"node {node.id!r} is done once for each role, so it names none itself")


def _commands(place: int, node: WorkflowNode) -> Iterator[Fault]:
    if node.commands and node.kind == "work":
        if node.checks:
            yield Fault(
                _at(place, "checks"), f"node {node.id!r} has commands of its own; checks: true adds nothing"
            )
        for field in OF_WORKERS:
            if getattr(node, field) is not None:
                yield Fault(
                    _at(place, field), f"node {node.id!r} runs commands; {field} is for nodes with a worker"
                )
    elif node.checks and node.kind == "work" and node.role is None:
        hint = "declare commands in checks.commands, or give it a role that works where there are none"
        yield Fault(_at(place, "checks"), f"node {node.id!r} runs checks.commands, and there are none; {hint}")


def _approval(place: int, gate: str, approval: Approval) -> Iterator[Fault]:
    at, known = _at(place, "approval"), ", ".join(approval.choices)
    for choice in (*approval.passes, *((approval.default,) if approval.default else ())):
        if choice not in approval.choices:
            yield Fault(at, f"gate {gate!r}: {choice!r} is none of its choices: {known}")
    if not approval.passes:
        yield Fault(at, f"gate {gate!r} never passes: no answer lets it")
    if approval.deadline_seconds is not None and approval.default is None:
        yield Fault(at, f"gate {gate!r} has a deadline and no default answer")
    if approval.default is not None and approval.deadline_seconds is None:
        yield Fault(at, f"gate {gate!r} has a default answer and no deadline for it")
    if len(set(approval.choices)) < len(approval.choices) or not approval.choices:
        yield Fault(at, f"gate {gate!r} needs choices, each once")


def _roles(workflow: Workflow) -> Iterator[Fault]:
    known = tuple(workflow.roles)
    for place, node in enumerate(workflow.nodes):
        if node.role is not None and node.role not in workflow.roles:
            said = f"node {node.id!r}: no role {node.role!r} in workflow.roles.{_guess(node.role, known)}"
            yield Fault(_at(place, "role"), f"{said} Known: {', '.join(known) or 'none'}")


def _edges(workflow: Workflow) -> Iterator[Fault]:
    ids = {node.id: place for place, node in enumerate(workflow.nodes)}
    for place, node in enumerate(workflow.nodes):
        for need in node.needs:
            if need not in ids:
                guess = _guess(need, [name for name in ids if name != node.id])
                yield Fault(_at(place, "needs"), f"node {node.id!r} needs {need!r}, which does not exist.{guess}")
    needs = _needs(workflow)
    if cycle := graph.find_cycle(needs):
        yield Fault(_at(ids[cycle[0]], "needs"), f"cycle: {' → '.join((*cycle, cycle[0]))}")
        reached = {node for layer in graph.batches(needs) for node in layer}
        for name in (one for one in needs if one not in reached and one not in cycle):
            yield Fault(_at(ids[name], "needs"), f"node {name!r} is never reached: it is behind a cycle or on one")


def _reopenings(workflow: Workflow) -> Iterator[Fault]:
    """A gate may have done again only what it judges, directly or not."""
    gates = [(place, node) for place, node in enumerate(workflow.nodes) if node.on_fail and node.needs]
    if not gates:
        return
    needs = _needs(workflow)
    many = {node.id for node in workflow.nodes if is_many(node)}
    for place, node in gates:
        assert node.on_fail is not None
        at, target = _at(place, "on_fail"), node.on_fail.reopen
        if target not in _before(needs, node.id):
            judges = list(_before(needs, node.id))
            said = f"gate {node.id!r} reopens {target!r}, which it does not judge.{_guess(target, judges)}"
            yield Fault(at, f"{said} It judges {', '.join(judges[:12]) or 'nothing'}")
        elif target in many:
            yield Fault(at, f"gate {node.id!r} reopens {target!r}, a fan-out; reopen what it needs")


def _conditions(workflow: Workflow, role: Role) -> Iterator[Fault]:
    asked = [(place, node) for place, node in enumerate(workflow.nodes) if _asked(node)]
    if not asked:
        return
    types = _Types(workflow, role)
    needs = _needs(workflow)
    for place, node in asked:
        # what a need was meant to be decides what can be asked of it
        if len(needs[node.id]) < len(node.needs):
            continue
        field = "pass_when" if node.kind == "gate" else "when"
        for text in _asked(node):
            for said in _wrong(text, node.id, needs, types):
                yield Fault(_at(place, field), f"node {node.id!r}: {text!r}: {said}")


def _asked(node: WorkflowNode) -> tuple[str, ...]:
    """The conditions that a node of its kind may have."""
    return node.pass_when if node.kind == "gate" else (node.when,) if node.when else ()


def _wrong(text: str, node: str, needs: Mapping[str, Sequence[str]], types: "_Types") -> tuple[str, ...]:
    try:
        asked = parse(text)
    except ExpressionInvalid as invalid:
        return tuple(map(str, invalid.found))
    known = _known(set(names(asked)), _before(needs, node))
    if any(types.of(name) is None for name in known):
        return ()
    return tuple(map(str, check(asked, {name: found for name in known if (found := types.of(name))})))


def _known(asked: set[str], before: Iterator[str]) -> tuple[str, ...]:
    """The nodes before this one, as far as they are needed to see that all that is asked about are there."""
    found: list[str] = []
    for name in before:
        found.append(name)
        asked.discard(name)
        if not asked:
            break
    return tuple(found)


class _Types:
    """What can be asked of each node, found when somebody asks."""

    def __init__(self, workflow: Workflow, role: Role) -> None:
        self._nodes = {node.id: node for node in workflow.nodes}
        self._roles = workflow.roles
        self._role = role

    def of(self, name: str) -> NodeType | None:
        """The node's type; None where its role is not known."""
        node = self._nodes[name]
        if node.kind == "gate":
            return node_type(None)
        if node.commands:
            return node_type(CONTRACT)
        if node.each == "roles":
            return _shared([node_type(role.handoff) for role in self._roles.values()])
        works = self._role if node.role is None else self._roles.get(node.role)
        return None if works is None else node_type(works.handoff, fan_out=is_many(node))


def _shared(types: Sequence[NodeType]) -> NodeType:
    """What can be asked of every one of several."""
    first, *others = types or [node_type(None)]
    common = {name: kind for name, kind in first.fields.items() if all(name in one.fields for one in others)}
    return NodeType({name: kind for name, kind in common.items() if _is_alike(name, kind, others)}, fan_out=True)


def _is_alike(name: str, kind: object, others: Sequence[NodeType]) -> bool:
    return name == "status" or all(one.fields[name] == kind for one in others)


def _needs(workflow: Workflow) -> dict[str, tuple[str, ...]]:
    """What each node needs, as far as it exists."""
    ids = {node.id for node in workflow.nodes}
    return {node.id: tuple(need for need in node.needs if need in ids) for node in workflow.nodes}


def _before(needs: Mapping[str, Sequence[str]], node: str) -> Iterator[str]:
    """Everything that has to be over before a node, the nearest first."""
    seen: set[str] = set()
    waiting = deque(needs[node])
    while waiting:
        name = waiting.popleft()
        if name not in seen:
            seen.add(name)
            yield name
            waiting.extend(needs[name])
