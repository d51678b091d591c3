"""Handoffs that no worker gave: the smallest that keep a contract, for rehearsing what gates make of them."""

from typing import Any, Literal, get_args, get_origin

from ccorch.schema.claims import Status
from ccorch.schema.handoff import contract

SAID = "Simulated: no worker ran."
WHY = {"title": "Simulated", "detail": "The rehearsal chose this ending; no worker ran."}
"""The reason for every status but pass."""

UNLIKE: dict[str, Any] = {"verdict": "revise", "blocking_status": "blocking", "failures": [WHY]}
"""What fields say that would contradict a status other than pass."""


def rehearsed_handoff(name: str, status: Status) -> dict[str, Any]:
    """A handoff of that contract with that status; whoever reads it sees that it is simulated."""
    fields = contract(name).model_fields
    handoff = {field: _least(about.annotation) for field, about in fields.items() if about.is_required()}
    handoff |= {"role": name, "status": status, "summary": SAID}
    if status == "pass":
        return handoff
    return handoff | {"blocking_issues": [WHY]} | {field: said for field, said in UNLIKE.items() if field in fields}


def _least(kind: Any) -> Any:
    """The smallest value of a field."""
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if kind is float:
        return 0.0
    return "simulated" if kind is str else []
