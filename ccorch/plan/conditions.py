"""What is wrong with the conditions of a workflow: what they speak of has to be there, and of a fitting type."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice

from ccorch.plan.before import Before
from ccorch.plan.commands import CONTRACT
from ccorch.plan.expand import is_many
from ccorch.rules.composing import Condition, Flat
from ccorch.rules.expression import ExpressionInvalid, NodeType, check, names, node_type
from ccorch.rules.expression.tree import paths
from ccorch.rules.fault import GUESSED, Fault
from ccorch.schema.role import Role

NEAREST = 200
"""Nodes, the nearest first, of which it is said that a condition could have spoken of them."""


def mistaken(
    flat: Flat, role: Role, asked: Sequence[Condition], needs: Mapping[str, tuple[str, ...]]
) -> Iterator[Fault]:
    """Everything that is wrong with these conditions; `role` is that of nodes without one."""
    types = _Types(flat, role, Before(needs, [name for one in asked for name in _spoken_of(one)]))
    told = 0
    for one in asked:
        # what a need was meant to be decides what can be asked of it
        if all(name in needs for name in one.needs):
            for said in _wrong(one, types, NEAREST if told < GUESSED else 0):
                yield Fault(one.key, f"node {one.node!r}: {one.text!r}: {said}")
                told += 1


def _spoken_of(one: Condition) -> Iterator[str]:
    """Every name that a condition may speak of: also ids with dots that were left without quotes."""
    with suppress(ExpressionInvalid):
        for path in paths(one.asks.root):
            words = (path.node, *path.fields)
            yield from (".".join(words[:length]) for length in range(1, len(words) + 1))


def _wrong(one: Condition, types: "_Types", nearest: int) -> tuple[str, ...]:
    try:
        asked = one.asks
    except ExpressionInvalid as invalid:
        return tuple(map(str, invalid.found))
    if vague := tuple(_vague(one)):
        return vague
    known = [name for name in names(asked) if types.before.has(one.needs, name)]
    if len(known) < len(names(asked)):
        known += [name for name in _spoken_of(one) if types.before.has(one.needs, name)]
        known = [*islice(types.before.of(one.needs), nearest), *known]
    if any(types.of(name) is None for name in known):
        return ()
    return tuple(map(str, check(asked, {name: found for name in known if (found := types.of(name))})))


def _vague(one: Condition) -> Iterator[str]:
    """Workflows that are spoken of as one node and end with several."""
    for name in one.level.inner:
        ends = one.level.find(name)
        if len(ends) > 1 and f"{one.level.prefix}{name}" in names(one.asks):
            known = ", ".join(end.removeprefix(one.level.prefix) for end in ends)
            yield f"{name} is a workflow that ends with {known}; name one of them"


class _Types:
    """What can be asked of each node, found when somebody asks."""

    def __init__(self, flat: Flat, role: Role, before: Before) -> None:
        self.before = before
        self._nodes = {node.id: (node, written.level) for node, written in flat.nodes}
        self._roles = flat.workflow.roles
        self._role = role

    def of(self, name: str) -> NodeType | None:
        """The node's type; None where its role is not known."""
        node, level = self._nodes[name]
        if node.kind == "gate":
            return node_type(None)
        if node.commands:
            return node_type(CONTRACT)
        if node.each == "roles":
            return _shared([node_type(role.handoff) for role in level.workflow.roles.values()])
        works = self._role if node.role is None else self._roles.get(node.role)
        return None if works is None else node_type(works.handoff, fan_out=is_many(node))


def _shared(types: Sequence[NodeType]) -> NodeType:
    """What can be asked of every one of several."""
    first, *others = types or [node_type(None)]
    common = {name: kind for name, kind in first.fields.items() if all(name in one.fields for one in others)}
    return NodeType({name: kind for name, kind in common.items() if _is_alike(name, kind, others)}, fan_out=True)


def _is_alike(name: str, kind: object, others: Sequence[NodeType]) -> bool:
    return name == "status" or all(one.fields[name] == kind for one in others)
