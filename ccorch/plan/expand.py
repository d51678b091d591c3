"""From an authored workflow to the vertices of a plan: nodes made many where they are, and names made unique."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from ccorch.rules.composing import Flat, Written
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
    fans = frozenset(node.id for node in flat.workflow.nodes if is_many(node))
    tasks: list[Task] = []
    judges: list[tuple[WorkflowNode, Written, tuple[str, ...], str | None]] = []
    for node, written in flat.nodes:
        needs = tuple(dict.fromkeys(chain.from_iterable([names[need] for need in node.needs])))
        when = _when(node, written, own) if node.when or written.whens else None
        if node.kind == "gate":
            judges.append((node, written, needs, when))
            continue
        fan = own[node.id] if node.id in fans else None
        tasks += [Task(member, node, needs, when, fan) for member in made_of[node.id]]
    if not judges:
        return Expanded(tuple(tasks), ())
    from ccorch.plan.gates import Gates  # brings the language of conditions, as does _when

    gates = Gates(flat, lane, own, names, fans)
    return Expanded(tuple(tasks), tuple([gates.gate(*one) for one in judges]))


def _when(node: WorkflowNode, written: Written, own: Mapping[str, str]) -> str | None:
    from ccorch.rules.expression.renaming import renamed

    asked = written.when(node.when)
    return str(renamed(asked, own)) if asked else None


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
