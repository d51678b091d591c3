"""What the house needs to know of a fence before it relies on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ccorch.ports.attempt import AttemptId
    from ccorch.schema.plan import Cli, PlanNode
    from ccorch.schema.proof import FenceProof
    from ccorch.schema.run import Launch


class Canaries(Protocol):
    """Tries a fence before somebody works behind it."""

    async def proof(self, attempt: AttemptId, node: PlanNode, cli: Cli, launch: Launch) -> FenceProof | None:
        """What is known of this Claude Code here; tried now where nothing is. Null where nobody tries."""
        ...
