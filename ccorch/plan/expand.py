"""From an authored workflow to the vertices of a plan: nodes made many where they are, and names made unique."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from ccorch.rules.composing import Flat, Written
from ccorch.rules.expression import Expression, usual
from ccorch.rules.expression.renaming import renamed
from ccorch.rules.expression.tree import Compare, Constant, Each, Path
from ccorch.rules.nesting import Level
from ccorch.schema.plan import PlanGate
from ccorch.schema.workflow import WorkflowNode


class Member(NamedTuple):
    """One time that a node is done, and for whom."""

    id: str
    role: str | None
    """Key of its role; null is the run's."""
    profile: str | None
    model: str | None
    item: str | None = None
    """What `{item}` stands for."""


class Task(NamedTuple):
    """A node of work, for each item of its fan-out once."""

    member: Member
    spec: WorkflowNode
    needs: tuple[str, ...]
    when: str | None = None
    fan_out: str | None = None
    """The plan's name of the fan-out that it is a member of."""

    @property
    def id(self) -> str:
        """Its name in the plan."""
        return self.member.id

    @property
    def words(self) -> str | None:
        """The node's own part of the work."""
        text, item = self.spec.task, self.member.item
        return text if text is None or item is None else text.replace("{item}", item)


@dataclass(frozen=True)
class Expanded:
    """The vertices of one lane."""

    tasks: tuple[Task, ...]
    gates: tuple[PlanGate, ...]


def node_id(lane: str | None, node: str) -> str:
    """A node's id in the plan; lanes are part of it."""
    return f"{lane}.{node}" if lane else node


def is_many(node: WorkflowNode) -> bool:
    """Whether a node stands for members, however few."""
    return node.fan_out is not None or node.each is not None


def members(level: Level, node: WorkflowNode, name: str) -> tuple[Member, ...]:
    """The node under a name, or its members; `level` is the workflow that it was written in."""
    if not is_many(node):
        return (Member(name, node.role, node.profile, node.model),)
    return tuple(_members(level, node, name))


def expand(flat: Flat, lane: str | None) -> Expanded:
    """The vertices of a workflow that has no problems, under the names of its lane."""
    own = {node.id: node_id(lane, node.id) for node in flat.workflow.nodes}
    made_of = {node.id: members(written.level, node, own[node.id]) for node, written in flat.nodes}
    names = {node: tuple([member.id for member in found]) for node, found in made_of.items()}
    gates = _Gates(flat, lane, own, names)
    tasks: list[Task] = []
    judges: list[PlanGate] = []
    for node, written in flat.nodes:
        needs = tuple(dict.fromkeys(chain.from_iterable([names[need] for need in node.needs])))
        asked = written.when(node.when) if node.when or written.whens else None
        when = str(renamed(asked, own)) if asked else None
        if node.kind == "gate":
            judges.append(gates.gate(node, written, needs, when))
            continue
        fan = own[node.id] if is_many(node) else None
        tasks += [Task(member, node, needs, when, fan) for member in made_of[node.id]]
    return Expanded(tuple(tasks), tuple(judges))


class _Gates:
    """Makes gates, knowing what kinds of nodes they judge."""

    def __init__(
        self, flat: Flat, lane: str | None, own: Mapping[str, str], names: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._lane, self._own, self._names = lane, own, names
        self._fans = frozenset(node.id for node in flat.workflow.nodes if is_many(node))
        self._omittable = frozenset(node.id for node, written in flat.nodes if node.when or written.whens)
        self._voting = {node.id: written.level.workflow for node, written in flat.nodes if node.each == "voters"}

    def gate(self, node: WorkflowNode, written: Written, needs: tuple[str, ...], when: str | None) -> PlanGate:
        asked = [written.says(text) for text in node.pass_when] or ([] if node.verify else list(self._usual(node)))
        counts = not node.pass_when and not node.verify
        voting = [need for need in node.needs if need in self._voting] if counts else []
        reopen = node.on_fail
        return PlanGate(
            id=self._own[node.id],
            lane=self._lane,
            needs=needs,
            when=when,
            pass_when=tuple(str(renamed(one, self._own)) for one in asked),
            approval=node.approval,
            verify=node.verify,
            planted=node.planted,
            on_fail=reopen.model_copy(update={"reopen": self._own[reopen.reopen]}) if reopen else None,
            votes=tuple(name for need in voting for name in self._names[need]),
            decide=self._voting[voting[0]].decide if voting else None,
        )

    def _usual(self, gate: WorkflowNode) -> Iterator[Expression]:
        """What a gate asks that says nothing itself: voters for their votes, somebody, or its needs."""
        for need in gate.needs:
            if need in self._voting:
                yield self._decision(need)
        others = [need for need in gate.needs if need not in self._voting]
        if others and not gate.approval:
            yield usual(others, fan_outs=self._fans, omittable=self._omittable)

    def _decision(self, node: str) -> Expression:
        voters = len(self._names[node])
        enough = {"majority": voters // 2 + 1, "unanimous": voters, "first": 1}[self._voting[node].decide]
        said_pass = Compare(Path(node, ("status",)), "==", Constant("pass"))
        return Expression(Compare(Each("count", said_pass), ">=", Constant(enough)))


def _members(level: Level, node: WorkflowNode, name: str) -> Iterator[Member]:
    match node.each:
        case "roles":
            for key in level.workflow.roles:
                yield Member(f"{name}.{key}", f"{level.prefix}{key}", node.profile, node.model, key)
        case "voters":
            for place, voter in enumerate(level.workflow.asked, 1):
                profile, model = voter.profile or node.profile, voter.model or node.model
                yield Member(f"{name}.{place}", node.role, profile, model, str(place))
        case None:
            for place, item in enumerate(node.fan_out or (), 1):
                yield Member(f"{name}.{place}", node.role, node.profile, node.model, item)
