"""Whether gates that verify have something to verify, and something to verify it by; told before anything runs."""

from collections.abc import Iterator, Sequence

from ccorch.rules.graph import descendants
from ccorch.schema.checks import Checks
from ccorch.schema.plan import PlanGate, PlanNode, Vertex


def unproven(nodes: Sequence[PlanNode], gates: Sequence[PlanGate], checks: Checks) -> Iterator[str]:
    """What is missing, in sentences."""
    if not any(gate.verify for gate in gates):
        return
    vertices: tuple[Vertex, ...] = (*nodes, *gates)
    needs = {vertex.id: vertex.needs for vertex in vertices}
    written = descendants(needs, *(node.id for node in nodes if node.writes))
    for gate in gates:
        if not gate.verify:
            continue
        if gate.id not in written:
            yield f"gate {gate.id!r} verifies what is written, and nothing before it writes; pass policy.write=true"
        if checks.need_tests and not checks.commands:
            yield f"gate {gate.id!r} has no command that tries the change; pass checks.commands=[[PROGRAM,WORD]]"
