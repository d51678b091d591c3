"""What is left of a workflow without what is wrong with it, so that the rest can be looked at too."""

from collections.abc import Mapping, Sequence
from typing import Any

ASIDE = (
    *("on_fail", "approval", "write_scope", "max_turns", "timeout_seconds", "usd", "tokens", "profile", "model"),
    *("commands", "inputs", "outputs", "mock_status", "mock_status_sequence", "mock_missing_handoff"),
)
"""What of a node can be left out without anything else meaning something else."""

_TITLES = (("name",), ("summary",))


def remainder(workflow: Mapping[str, Any], wrong: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The workflow without the places that pydantic complains of; None where the rest would mean something else.

    A title that is missing is made up. What is given is not changed; `loc` of a complaint counts from the workflow.
    """
    rest = dict(workflow)
    return rest if all(_left_out(rest, one) for one in wrong) else None


def _left_out(data: dict[str, Any], details: Mapping[str, Any]) -> bool:
    path = details["loc"]
    if path in _TITLES:
        data[path[0]] = "untitled"
        return True
    strange = details["type"] == "extra_forbidden"
    if path[:1] != ("nodes",) or len(path) < 3 or not (strange or path[2] in ASIDE):
        if strange and len(path) == 1:
            data.pop(str(path[0]), None)
        return strange and len(path) == 1
    nodes: Any = data["nodes"]
    nodes = data["nodes"] = dict(nodes) if isinstance(nodes, dict) else list(nodes)
    nodes[path[1]] = {key: value for key, value in nodes[path[1]].items() if key != path[2]}
    return True
