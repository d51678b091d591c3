"""Everything that is wrong with an authored workflow, found before anything runs, each at its key."""

import re
from collections.abc import Iterator

from ccorch.errors import ConfigInvalid
from ccorch.plan.before import Before
from ccorch.plan.commands import CONTRACT, OF_WORKERS
from ccorch.plan.expand import is_many, members
from ccorch.rules import graph
from ccorch.rules.composing import Condition, Flat
from ccorch.rules.fault import GUESSED, Fault
from ccorch.rules.guess import did_you_mean
from ccorch.rules.nesting import MOST_VERTICES
from ccorch.schema.contracts import check_contract
from ccorch.schema.ids import NODE_ID
from ccorch.schema.role import Role
from ccorch.schema.workflow import Approval, WorkflowNode

OF_WORK = (
    *("role", "task", "when", "fan_out", "each", "profile", "model", "commands", "checks"),
    *("write_scope", "max_turns", "timeout_seconds", "usd", "tokens"),
)
OF_GATES = ("pass_when", "approval", "on_fail", "verify", "planted")
"""What only the one kind of node may say."""


def faults(flat: Flat, role: Role) -> tuple[Fault, ...]:
    """Everything that is wrong; `role` is the run's own, which nodes without a role take."""
    return (
        *flat.faults,
        *_whole(flat),
        *_names(flat),
        *_kinds(flat),
        *_roles(flat),
        *_contracts(flat, role),
        *_edges(flat),
        *_reopenings(flat),
        *_conditions(flat, role),
    )


def _whole(flat: Flat) -> Iterator[Fault]:
    if not flat.workflow.nodes:
        yield Fault("workflow.nodes", "the workflow has no nodes")
    if flat.workflow.sources == ():
        yield Fault(
            "workflow.sources",
            "it looks at handoffs of other runs: name them in workflow.sources",
        )
    for level in flat.levels:
        workflow, for_each = level.workflow, {node.each for node in level.workflow.nodes}
        if "roles" in for_each and not workflow.roles:
            said = "nodes are done once for each role, and there is none; name roles"
            yield Fault(f"{level.key}.roles", said)
        if "voters" in for_each and not workflow.asked:
            said = "nodes are done once for each voter, and there is none; give a number"
            yield Fault(f"{level.key}.voters", said)


def _names(flat: Flat) -> Iterator[Fault]:
    seen: set[str] = set()
    vertices = 0
    for node, written in flat.nodes:
        made = members(written.level, node, node.id) if is_many(node) else ()
        vertices += len(made) if is_many(node) else 1
        for name in (node.id, *(member.id for member in made)):
            if name in seen:
                yield Fault(f"{written.key}.id", f"node {name!r} is declared twice")
            elif (made or written.level.prefix) and not re.fullmatch(NODE_ID, name):
                yield Fault(
                    f"{written.key}.id", f"{name!r} cannot be a node's name: lower case, 100 letters at most"
                )
            seen.add(name)
    if vertices > MOST_VERTICES:
        yield Fault("workflow.nodes", f"{vertices} nodes are more than the {MOST_VERTICES} that a plan may have")


def _kinds(flat: Flat) -> Iterator[Fault]:
    for node, written in flat.nodes:
        key = written.key
        foreign = OF_WORK if node.kind == "gate" else OF_GATES
        for field in foreign:
            if getattr(node, field) not in (None, (), False):
                other = "work" if node.kind == "gate" else "gate"
                said = f"node {node.id!r} is kind {node.kind}; {field} belongs to {other}"
                yield Fault(f"{key}.{field}", said)
        yield from _many(key, node)
        yield from _commands(key, node)
        if node.kind == "gate" and not node.needs:
            yield Fault(key, f"gate {node.id!r} judges nothing: it needs no node")
        if node.approval:
            yield from _approval(key, node.id, node.approval)
        if node.approval and node.verify:
            yield Fault(f"{key}.approval", f"gate {node.id!r} verifies; have another gate ask somebody")
        if node.planted and not node.verify:
            yield Fault(f"{key}.planted", f"gate {node.id!r} verifies nothing, so it needs no planted faults")


def _many(key: str, node: WorkflowNode) -> Iterator[Fault]:
    if node.fan_out == ():
        yield Fault(f"{key}.fan_out", f"node {node.id!r}: the fan-out has no items")
    if node.fan_out is not None and node.each is not None:
        yield Fault(f"{key}.each", f"node {node.id!r} has a fan-out and is done for each of {node.each} too")
    if node.each == "roles" and node.role is not None:
        yield Fault(f"{key}.role", f"node {node.id!r} is done once for each role, so it names none itself")


def _commands(key: str, node: WorkflowNode) -> Iterator[Fault]:
    if node.commands and node.kind == "work":
        if node.checks:
            yield Fault(f"{key}.checks", f"node {node.id!r} has commands of its own; checks: true adds nothing")
        for field in OF_WORKERS:
            if getattr(node, field) is not None:
                yield Fault(f"{key}.{field}", f"node {node.id!r} runs commands; {field} is for nodes with a worker")
    elif node.checks and node.kind == "work" and node.role is None:
        hint = "declare commands in checks.commands, or give it a role that works where there are none"
        yield Fault(f"{key}.checks", f"node {node.id!r} runs checks.commands, and there are none; {hint}")


def _approval(key: str, gate: str, approval: Approval) -> Iterator[Fault]:
    at, known = f"{key}.approval", ", ".join(approval.choices)
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


def _roles(flat: Flat) -> Iterator[Fault]:
    for node, written in flat.nodes:
        if node.role is not None and node.role not in flat.workflow.roles:
            known, role = tuple(written.level.workflow.roles), node.role.removeprefix(written.level.prefix)
            said = f"node {node.id!r}: no role {role!r} in workflow.roles.{did_you_mean(role, known)}"
            yield Fault(f"{written.key}.role", f"{said} Known: {', '.join(known) or 'none'}")


def _contracts(flat: Flat, role: Role) -> Iterator[Fault]:
    owed = {"role": role, **{f"workflow.roles.{name}": one for name, one in flat.workflow.roles.items()}}
    for key, one in owed.items():
        try:
            check_contract(one.handoff or CONTRACT)
        except ConfigInvalid as unknown:
            yield Fault(f"{key}.handoff", f"{unknown.message}. {unknown.hint}")


def _edges(flat: Flat) -> Iterator[Fault]:
    ids = dict.fromkeys(node.id for node in flat.workflow.nodes)
    unknown = ((node, written, need) for node, written in flat.nodes for need in node.needs if need not in ids)
    for number, (node, written, need) in enumerate(unknown):
        guess = did_you_mean(need, [name for name in ids if name != node.id]) if number < GUESSED else ""
        yield Fault(f"{written.key}.needs", f"node {node.id!r} needs {need!r}, which does not exist.{guess}")
    needs = _needs(flat)
    if cycle := graph.find_cycle(needs):
        keys = {node.id: written.needs or f"{written.key}.needs" for node, written in flat.nodes}
        yield Fault(keys[cycle[0]], graph.cycle_in_words(cycle))
        known = {*cycle, *(node for layer in graph.batches(needs) for node in layer)}
        for name in (one for one in needs if one not in known):
            yield Fault(keys[name], f"node {name!r} is never reached: it is behind a cycle or on one")


def _reopenings(flat: Flat) -> Iterator[Fault]:
    """A gate may have done again only what it judges, directly or not."""
    gates = [(node, written.key) for node, written in flat.nodes if node.on_fail and node.needs]
    if not gates:
        return
    needs = _needs(flat)
    before = Before(needs, [node.on_fail.reopen for node, _ in gates if node.on_fail])
    many = {node.id for node in flat.workflow.nodes if is_many(node)}
    told = 0
    for node, key in gates:
        assert node.on_fail is not None
        at, target = f"{key}.on_fail", node.on_fail.reopen
        if not before.has(needs[node.id], target):
            judges = list(before.of(needs[node.id])) if told < GUESSED else []
            said = f"gate {node.id!r} reopens {target!r}, which it does not judge.{did_you_mean(target, judges)}"
            yield Fault(at, f"{said} It judges {', '.join(judges[:12]) or 'nothing'}")
            told += 1
        elif target in many:
            yield Fault(at, f"gate {node.id!r} reopens {target!r}, a fan-out; reopen what it needs")


def _conditions(flat: Flat, role: Role) -> Iterator[Fault]:
    asked = list(_asked(flat))
    if asked:
        from ccorch.plan.conditions import mistaken  # brings their language, and every contract of a handoff

        yield from mistaken(flat, role, asked, _needs(flat))


def _asked(flat: Flat) -> Iterator[Condition]:
    """The conditions that nodes of their kinds have, and those of whole workflows."""
    yield from flat.conditions
    for node, written in flat.nodes:
        field = "pass_when" if node.kind == "gate" else "when"
        for text in node.pass_when if node.kind == "gate" else (node.when,) if node.when else ():
            yield Condition(written.level, f"{written.key}.{field}", node.id, node.needs, text)


def _needs(flat: Flat) -> dict[str, tuple[str, ...]]:
    """What each node needs, as far as it exists."""
    ids = {node.id for node in flat.workflow.nodes}
    return {node.id: tuple(need for need in node.needs if need in ids) for node in flat.workflow.nodes}
