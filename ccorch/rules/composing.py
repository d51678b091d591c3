"""One workflow out of several: in place of a node that names a workflow stand the nodes of that workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ccorch.rules.fault import GUESSED, Fault
from ccorch.rules.guess import did_you_mean
from ccorch.rules.nesting import Level, nested, put_in
from ccorch.schema.role import Role
from ccorch.schema.workflow import Reopen, Workflow, WorkflowNode

if TYPE_CHECKING:
    from ccorch.rules.expression import Expression


@dataclass(frozen=True)
class Condition:
    """What is asked before a node is done, a gate passes, or a workflow within another is done."""

    level: Level
    """The workflow that says so."""
    key: str
    node: str
    """The plan's name of the node that it is said of."""
    needs: tuple[str, ...]
    text: str

    @cached_property
    def asks(self) -> Expression:
        """The same under the plan's names; raises ExpressionInvalid."""
        return _meant(self.text, self.level)


def _meant(text: str, level: Level) -> Expression:
    from ccorch.rules.expression import parse  # most workflows ask for nothing, and need no language for it
    from ccorch.rules.expression.renaming import meant

    return meant(parse(text), level.meant)


class Written(NamedTuple):
    """Where a node was written."""

    level: Level
    key: str
    """Its dotted key."""
    needs: str = ""
    """Key of its needs, where they are those of the workflow that it stands in."""
    whens: tuple[Condition, ...] = ()
    """When the workflows are done that it stands in, the outermost first."""

    def says(self, text: str) -> Expression:
        """A condition of the node under the plan's names; raises ExpressionInvalid."""
        return _meant(text, self.level)

    def when(self, text: str | None) -> Expression | None:
        """When the node is done at all: all that it and what it stands in ask for; None asks for nothing."""
        asked = [one.asks for one in self.whens]
        asked += [self.says(text)] if text else []
        if not asked:
            return None
        from ccorch.rules.expression import all_of

        return all_of(asked)


@dataclass(frozen=True)
class Flat:
    """A workflow none of whose nodes names another one."""

    workflow: Workflow
    written: tuple[Written, ...]
    """Where its nodes were written, in their order."""
    conditions: tuple[Condition, ...] = ()
    """When whole workflows within it are done."""
    faults: tuple[Fault, ...] = ()
    """What keeps workflows from standing where they were to stand."""

    @property
    def levels(self) -> tuple[Level, ...]:
        """Every workflow in it, each once, the whole one first."""
        return tuple(dict.fromkeys(one.level for one in self.written))

    @property
    def nodes(self) -> Iterator[tuple[WorkflowNode, Written]]:
        """Its nodes with where they were written."""
        return zip(self.workflow.nodes, self.written, strict=True)


def composed(workflow: Workflow, parts: Mapping[str, Workflow] | None = None) -> Flat:
    """The workflow with `parts` in place of the nodes that name them. Linear in what comes of it."""
    level, faults = nested(workflow, parts or {})
    if not level.inner:
        at = tuple(Written(level, f"workflow.nodes.{place}") for place in range(len(workflow.nodes)))
        return Flat(level.workflow, at, faults=faults)
    composing = _Composing(list(faults))
    composing.put(level, _Around())
    roles = composing.roles
    whole = workflow.model_copy(update={"nodes": tuple(composing.nodes), "roles": roles})
    return Flat(whole, tuple(composing.written), tuple(composing.conditions), tuple(composing.faults))


@dataclass(frozen=True)
class _Around:
    """What holds for a workflow because of where it stands."""

    needs: tuple[str, ...] = ()
    key: str = ""
    """Where these needs were written."""
    whens: tuple[Condition, ...] = ()
    words: tuple[str, ...] = ()
    profile: str | None = None
    model: str | None = None


@dataclass
class _Composing:
    """What has come together so far."""

    faults: list[Fault]
    nodes: list[WorkflowNode] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    roles: dict[str, Role] = field(default_factory=dict)

    def put(self, level: Level, around: _Around) -> None:
        """Add the nodes of a workflow, and of those that stand within it."""
        self.roles |= {f"{level.prefix}{key}": role for key, role in level.workflow.roles.items()}
        for place, node in enumerate(level.workflow.nodes):
            if node.id in level.inner:
                self._within(level, place, node, around)
            else:
                needs = _needs(level, node) or around.needs
                self.nodes.append(self._placed(level, place, node, needs, around))
                key = around.key if around.needs and not node.needs else ""
                self.written.append(Written(level, level.at(place), key, around.whens))

    def _within(self, level: Level, place: int, node: WorkflowNode, around: _Around) -> None:
        needs, key = tuple(self._known(level, place, node)), level.at(place, "needs")
        if not needs:
            needs, key = around.needs, around.key
        whens = around.whens
        if node.when:
            name = f"{level.prefix}{node.id}"
            whens = (*whens, Condition(level, level.at(place, "when"), name, needs, node.when))
            self.conditions.append(whens[-1])
        items: tuple[str | None, ...] = (None,) if node.fan_out is None else node.fan_out
        for item, inner in zip(items, level.inner[node.id], strict=False):
            task = node.task if node.task is None or item is None else put_in(node.task, {"item": item})
            words = (*around.words, task) if task else around.words
            pins = (node.profile or around.profile, node.model or around.model)
            self.put(inner, _Around(needs, key, whens, words, *pins))

    def _known(self, level: Level, place: int, node: WorkflowNode) -> Iterator[str]:
        """What a workflow within another needs; what there is not is told here, where it was written."""
        for need in node.needs:
            found = level.find(need)
            yield from found
            if not found:
                others = [one.id for one in level.workflow.nodes if one is not node]
                guess = did_you_mean(need, others) if len(self.faults) < GUESSED else ""
                said = f"node {node.id!r} needs {need!r}, which does not exist.{guess}"
                self.faults.append(Fault(level.at(place, "needs"), said))

    def _placed(
        self, level: Level, place: int, node: WorkflowNode, needs: tuple[str, ...], around: _Around
    ) -> WorkflowNode:
        here: dict[str, object] = {"id": f"{level.prefix}{node.id}", "needs": needs, "workflow": None, "inputs": {}}
        if node.kind == "gate":
            return node.model_copy(update={**here, "on_fail": self._reopens(level, place, node)})
        words = "\n".join((*around.words, *((node.task,) if node.task else ()))) or None
        more = {
            "role": None if node.role is None else f"{level.prefix}{node.role}",
            "task": words,
            "profile": node.profile or around.profile,
            "model": node.model or around.model,
        }
        return node.model_copy(update={**here, **more})

    def _reopens(self, level: Level, place: int, gate: WorkflowNode) -> Reopen | None:
        if gate.on_fail is None:
            return None
        target = gate.on_fail.reopen
        begins = level.begins(target) or (f"{level.prefix}{target}",)
        if len(begins) > 1:
            said = f"gate {gate.id!r} reopens {target!r}, which begins with several nodes; reopen one of them: "
            names = (name.removeprefix(level.prefix) for name in begins)
            self.faults.append(Fault(level.at(place, "on_fail"), f"{said}{', '.join(names)}"))
        return gate.on_fail.model_copy(update={"reopen": begins[0]})


def _needs(level: Level, node: WorkflowNode) -> tuple[str, ...]:
    """The plan's names of what a node needs; what there is not keeps its name."""
    found = (name for need in node.needs for name in level.find(need) or (f"{level.prefix}{need}",))
    return tuple(dict.fromkeys(found))
