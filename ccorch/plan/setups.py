"""How the worktrees of a plan are set up, each with network ports of its own."""

from collections.abc import Iterator, Sequence

from ccorch.errors import ConfigInvalid
from ccorch.schema.config import RunConfig
from ccorch.schema.plan import PlanNode
from ccorch.schema.worktree import Worktree

LAST_PORT = 65_535


def setup_of(config: RunConfig) -> Worktree | None:
    """How worktrees are set up; none where nothing is said."""
    return None if config.policy.worktree == Worktree() else config.policy.worktree


def with_ports(nodes: Sequence[PlanNode]) -> Iterator[PlanNode]:
    """The nodes, each with ports of its own where its worktree is to have some; lanes go on after each other."""
    taken = 0
    for node in nodes:
        ports = node.worktree.ports if node.worktree else None
        if ports is None:
            yield node
            continue
        first, taken = ports.first + taken, taken + ports.each
        if first + ports.each - 1 > LAST_PORT:
            said = f"policy.worktree.ports: node {node.id!r} would need port {first + ports.each - 1}"
            raise ConfigInvalid(f"{said}, and {LAST_PORT} is the last", hint="begin lower, or give each one fewer")
        yield node.model_copy(update={"port": first})
