"""What is known of the nodes when an expression is judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ccorch.rules.expression.types import COUNTS
from ccorch.schema.claims import Handoff
from ccorch.schema.status import Outcome

State = Literal["passed", "omitted", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Fan:
    """What is known of the members of a fan-out, by their ids."""

    members: Mapping[str, Mapping[str, Any]]


Facts = Mapping[str, Mapping[str, Any] | Fan]
"""What is known, by the ids of the nodes; what is not there is not known."""


def node_facts(
    state: State, attempt: int, outcome: Outcome | None = None, handoff: Handoff | None = None
) -> dict[str, Any]:
    """What is known of a node that is over.

    A claim to have passed counts for nothing where the node itself failed. A node that was not run has no status.
    """
    own = {"state": state, "attempt": attempt, **({"outcome": outcome} if outcome else {})}
    handed = _handed(handoff) if handoff else {}
    match state, handed.get("status"):
        case "failed", None | "pass":
            return {**handed, "status": "fail", **own}
        case "passed", None:
            return {"status": "pass", **own}
    return {**handed, **own}


def _handed(handoff: Handoff) -> dict[str, Any]:
    said = handoff.model_dump(mode="json")
    counted = {
        name: sum(1 for entry in said[count.list] if count.counts(entry))
        for name, count in COUNTS.items()
        if count.list in said
    }
    return {**counted, **said}
