"""Workflows that stand within others: each where it is done, with the names by which it speaks of nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ccorch.rules.fault import Fault
from ccorch.schema.workflow import Workflow, WorkflowNode

if TYPE_CHECKING:
    from ccorch.rules.expression.tree import Path

DEEPEST = 8
"""Most workflows within each other, the whole one not counted."""

MOST_VERTICES = 10_000
"""Most nodes and gates of a plan."""

FOREIGN = (
    *("role", "each", "commands", "checks", "write_scope", "max_turns", "timeout_seconds", "usd", "tokens"),
    *("pass_when", "approval", "on_fail"),
)
"""What only the nodes of a workflow say, not the node in whose place it stands."""

_INPUT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")


@dataclass(frozen=True, eq=False)
class Level:
    """A workflow at one place; its inputs are put in."""

    workflow: Workflow
    name: str = ""
    """The name by which it was asked for; nothing for the whole one."""
    prefix: str = ""
    """What stands before the names of its nodes in the plan."""
    inner: Mapping[str, tuple[Level, ...]] = field(default_factory=dict)
    """What stands in place of some of its nodes; of a fan-out one for each item."""

    @property
    def key(self) -> str:
        """Where its keys begin."""
        return f"part:{self.name}" if self.name else "workflow"

    def at(self, place: int, key: str = "") -> str:
        """Key of something that a node of it says."""
        return f"{self.key}.nodes.{place}.{key}".rstrip(".")

    def find(self, name: str) -> tuple[str, ...]:
        """The plan's names of what a name means here: a node, or the ends of the workflow in its place."""
        if name in self._own:
            return (f"{self.prefix}{name}",)
        if name in self.inner:
            return tuple(end for level in self.inner[name] for end in level.ends)
        return next((found for node in self.inner if (found := self._within(node, name))), ())

    def meant(self, path: Path) -> Path:
        """A mention of a field under the plan's names; the longest beginning that is a node's name is one."""
        if not self.prefix and not self.inner:
            return path
        for length in range(len(path.fields), -1, -1):
            found = self.find(".".join((path.node, *path.fields[:length])))
            if len(found) == 1:
                return replace(path, node=found[0], fields=path.fields[length:], columns=path.columns[length:])
        return replace(path, node=f"{self.prefix}{path.node}")

    @cached_property
    def ends(self) -> tuple[str, ...]:
        """The plan's names of its nodes that nothing else of it needs."""
        needed = {name for node in self.workflow.nodes for need in node.needs for name in self.find(need)}
        every = dict.fromkeys(name for node in self.workflow.nodes for name in self.find(node.id))
        return tuple(name for name in every if name not in needed)

    def begins(self, name: str) -> tuple[str, ...]:
        """The plan's names of what is done first of a node: itself, or what begins the workflow in its place."""
        if name not in self.inner:
            return self.find(name)
        return tuple(
            begin
            for level in self.inner[name]
            for node in level.workflow.nodes
            if not node.needs
            for begin in level.begins(node.id)
        )

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(node.id for node in self.workflow.nodes if node.id not in self.inner)

    def _within(self, node: str, name: str) -> tuple[str, ...]:
        for level in self.inner[node]:
            beginning = level.prefix.removeprefix(self.prefix)
            if name == beginning.rstrip("."):
                return level.ends
            if name.startswith(beginning):
                return level.find(name.removeprefix(beginning))
        return ()


def nested(workflow: Workflow, parts: Mapping[str, Workflow]) -> tuple[Level, tuple[Fault, ...]]:
    """The workflow with those that its nodes name in their places, as far as they can stand there."""
    nesting = _Nesting(parts)
    level = nesting.level(workflow, "", "", {}, ())
    return level, tuple(dict.fromkeys(nesting.faults))


@dataclass
class _Nesting:
    """The workflows that can be named, and what has been found wrong so far."""

    parts: Mapping[str, Workflow]
    faults: list[Fault] = field(default_factory=list)
    vertices: int = 0

    def level(
        self, workflow: Workflow, name: str, prefix: str, given: Mapping[str, str], chain: tuple[str, ...]
    ) -> Level:
        values = {key: text for key, text in workflow.inputs.items() if text is not None}
        filled = _filled(workflow, {**values, **given})
        self.vertices += len(filled.nodes)
        level = Level(filled, name, prefix)
        inner = {
            node.id: tuple(self._members(level, node, chain))
            for place, node in enumerate(filled.nodes)
            if self._is_composed(level, place, node, chain)
        }
        for input in workflow.inputs:
            if input == "item" or not _INPUT.fullmatch(f"{{{input}}}"):
                said = f"{input!r} is no name of an input: letters, digits, _ and -, but not item"
                self._wrong(f"{level.key}.inputs", said)
        if not name:
            self._lacking(
                workflow, {}, "workflow.inputs", "workflow.inputs.{0}: say what it is: workflow.inputs.{0}=…"
            )
        return replace(level, inner=inner)

    def _members(self, level: Level, node: WorkflowNode, chain: tuple[str, ...]) -> Iterator[Level]:
        name = node.workflow or ""
        for number, item in enumerate((None,) if node.fan_out is None else node.fan_out, 1):
            if self.vertices > MOST_VERTICES:
                said = f"node {node.id!r}: workflows within each other make more than {MOST_VERTICES} nodes"
                self._wrong(f"{level.key}.nodes", said)
                return
            within = f"{level.prefix}{node.id}." + ("" if item is None else f"{number}.")
            given = {key: put_in(text, {} if item is None else {"item": item}) for key, text in node.inputs.items()}
            yield self.level(self.parts[name], name, within, given, (*chain, name))

    def _is_composed(self, level: Level, place: int, node: WorkflowNode, chain: tuple[str, ...]) -> bool:
        """Whether a workflow can stand in place of the node; what keeps it from that is told."""
        at, name = level.at, node.workflow
        if name is None:
            if node.inputs:
                self._wrong(at(place, "inputs"), f"node {node.id!r} has inputs and names no workflow")
            return False
        for said in FOREIGN:
            if getattr(node, said) not in (None, (), False):
                self._wrong(
                    at(place, said), f"node {node.id!r} names a workflow; {said} belongs to the nodes of it"
                )
        if node.kind == "gate":
            self._wrong(at(place, "kind"), f"node {node.id!r} names a workflow, so it is no gate")
        part = self.parts.get(name)
        if part is None or node.fan_out == () or self._is_endless(at(place, "workflow"), (*chain, name)):
            return False
        if not part.nodes:
            self._wrong(at(place, "workflow"), f"node {node.id!r}: workflow {name} has no nodes")
        if part.sources is not None:
            said = f"node {node.id!r}: workflow {name} looks at other runs, which only a run's own workflow does"
            self._wrong(at(place, "workflow"), said)
        for unknown in node.inputs.keys() - part.inputs.keys():
            known = ", ".join(part.inputs) or "none"
            said = f"node {node.id!r}: workflow {name} has no input {unknown!r}; its inputs: {known}"
            self._wrong(at(place, "inputs"), said)
        self._lacking(
            part, node.inputs, at(place, "inputs"), f"node {node.id!r}: workflow {name} needs inputs.{{0}}"
        )
        return True

    def _is_endless(self, key: str, chain: tuple[str, ...]) -> bool:
        if chain[-1] in chain[:-1]:
            circle = chain[chain.index(chain[-1]) :]
            self._wrong(key, f"workflows stand within each other without end: {' → '.join(circle)}")
        elif len(chain) > DEEPEST:
            self._wrong(key, f"more than {DEEPEST} workflows within each other: {' → '.join(chain)}")
        else:
            return False
        return True

    def _lacking(self, part: Workflow, given: Mapping[str, str], key: str, said: str) -> None:
        for name, text in part.inputs.items():
            if text is None and name not in given:
                self._wrong(key, said.format(name))

    def _wrong(self, key: str, message: str) -> None:
        self.faults.append(Fault(key, message))


def put_in(text: str, values: Mapping[str, str]) -> str:
    """The text with inputs in the places that name them; other braces stay as they are."""
    return _INPUT.sub(lambda found: values.get(found[1], found[0]), text) if values else text


def _filled(workflow: Workflow, values: Mapping[str, str]) -> Workflow:
    if not values:
        return workflow
    return workflow.model_copy(update={"nodes": tuple(_with(node, values) for node in workflow.nodes)})


def _with(node: WorkflowNode, values: Mapping[str, str]) -> WorkflowNode:
    said: dict[str, object] = {}
    if node.task is not None:
        said["task"] = put_in(node.task, values)
    if node.fan_out is not None:
        said["fan_out"] = tuple(put_in(item, values) for item in node.fan_out)
    if node.inputs:
        said["inputs"] = {key: put_in(text, values) for key, text in node.inputs.items()}
    if node.approval is not None:
        said["approval"] = node.approval.model_copy(update={"question": put_in(node.approval.question, values)})
    return node.model_copy(update=said) if said else node
