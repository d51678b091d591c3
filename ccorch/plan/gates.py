"""The gates of a plan: what they judge, and what they ask where nothing is said."""

from collections.abc import Iterator, Mapping

from ccorch.rules.composing import Flat, Written
from ccorch.rules.expression import Expression, usual
from ccorch.rules.expression.renaming import renamed
from ccorch.rules.expression.tree import Compare, Constant, Each, Path
from ccorch.schema.plan import PlanGate
from ccorch.schema.workflow import WorkflowNode


class Gates:
    """Makes gates, knowing what kinds of nodes they judge."""

    def __init__(
        self,
        flat: Flat,
        lane: str | None,
        own: Mapping[str, str],
        names: Mapping[str, tuple[str, ...]],
        fans: frozenset[str],
    ) -> None:
        self._lane, self._own, self._names, self._fans = lane, own, names, fans
        self._omittable = frozenset(node.id for node, written in flat.nodes if node.when or written.whens)
        self._voting = {node.id: written.level.workflow for node, written in flat.nodes if node.each == "voters"}

    def gate(self, node: WorkflowNode, written: Written, needs: tuple[str, ...], when: str | None) -> PlanGate:
        """The gate that a node stands for."""
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
