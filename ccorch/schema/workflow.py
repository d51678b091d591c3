"""The authored DAG: who works on what after whom."""

from ccorch.schema.base import Many, Value
from ccorch.schema.ids import NodeId, OptionName
from ccorch.schema.policy import WriteScope
from ccorch.schema.role import Role


class WorkflowNode(Value):
    """One node of the authored DAG."""

    id: NodeId
    """Name of the node within the workflow."""
    role: str | None = None
    """Key in workflow.roles; null takes the run's role."""
    task: str | None = None
    """What this node does with the run's task, added to it; null gives the task alone."""
    needs: Many[NodeId] = ()
    """Nodes that must have passed before this one starts; their handoffs are shown to it."""
    write_scope: WriteScope | None = None
    """Where this node may write; null takes policy.write_scope."""


class Workflow(Value):
    """An authored DAG of nodes."""

    name: OptionName
    """Name of the workflow; the same as its file."""
    summary: str
    """What the workflow does, in one line."""
    roles: dict[str, Role] = {}
    """Roles by key, usually imported with `/role@roles.KEY: OPTION`."""
    nodes: Many[WorkflowNode]
    """Nodes in any order."""
