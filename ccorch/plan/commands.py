"""Nodes whose work is a list of declared commands: no model is asked, and how they end is a testing handoff."""

from ccorch.schema.base import fingerprint
from ccorch.schema.config import RunConfig
from ccorch.schema.profile import Profile, ProfileModels
from ccorch.schema.role import Role
from ccorch.schema.route import Route
from ccorch.schema.workflow import WorkflowNode

CONTRACT = "testing"
"""Contract of what is handed over."""

ROLE = Role(
    name="commands",
    summary="Runs declared commands and hands over how they ended.",
    prompt="No model is asked.",
    tools=(),
    handoff=CONTRACT,
)
ROUTE = Route(profile="ccorch:local", model="commands", reason="declared commands; no model is asked")
PROFILE = Profile(
    name="local",
    id=ROUTE.profile,
    source="local",
    kind="local",
    base_url="",
    models=ProfileModels(),
    fingerprint=fingerprint(ROUTE.profile),
)

OF_WORKERS = ("role", "task", "fan_out", "each", "profile", "model", "write_scope", "max_turns", "usd", "tokens")
"""What only a node with a worker may say."""


def settled(config: RunConfig) -> RunConfig:
    """The same with declared commands, where there are any, in place of the workers of nodes that run checks."""
    commands, workflow = config.checks.commands, config.workflow
    if not commands or not any(node.checks for node in workflow.nodes):
        return config
    bare = {**dict.fromkeys(OF_WORKERS), "commands": commands, "checks": False}
    nodes = tuple(_with(node, bare) if node.checks else node for node in workflow.nodes)
    return config.model_copy(update={"workflow": workflow.model_copy(update={"nodes": nodes})})


def _with(node: WorkflowNode, update: dict[str, object]) -> WorkflowNode:
    # two lists of commands are a fault of its own, so the node's are kept
    return node if node.commands else node.model_copy(update=update)
