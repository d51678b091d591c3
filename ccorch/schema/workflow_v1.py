"""A workflow file of the older format, `schema_version: 1`: strict where it was read leniently."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ccorch.schema.base import Many, T, Value
from ccorch.schema.claims import Status
from ccorch.schema.ids import NodeId, OptionName
from ccorch.schema.workflow import Condition


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Some = Annotated[Many[T], BeforeValidator(_listed)]
"""A list, or a single text for a list of one."""

Seconds = Annotated[int, Field(ge=1, le=86_400)]


class DefaultsV1(Value):
    """What holds for every node that says nothing else."""

    timeout_seconds: Seconds | None = None
    """Longest wall time of one attempt."""
    allow_write: bool = False
    """Whether nodes may write."""
    final_only: bool = False
    """Keep results and errors of workers alone."""
    max_output_bytes: Literal[0] | Annotated[int, Field(ge=1000)] = 0
    """Bytes of a worker's stream that are kept; 0 leaves what the run says."""
    max_events_bytes: Literal[0] | Annotated[int, Field(ge=100)] = 0
    """Bytes of its events that are kept; 0 leaves what the run says."""


class ScopeV1(Value):
    """Where a node may write."""

    allow: Annotated[Many[str], Field(min_length=1)]
    """Globs that may be written."""
    deny: Many[str] = ()
    """Globs that may not be written, besides those that nobody may write."""
    max_diff_lines: Annotated[int, Field(ge=1)] | None = None
    """Most lines that an attempt may add and delete."""


class RetryV1(Value):
    """What a gate has done again."""

    retry: NodeId
    """The node."""
    max_retries: Annotated[int, Field(ge=0, le=20)]
    """How often at most."""


class NodeV1(Value):
    """A worker or a gate."""

    type: Literal["worker", "gate"] = "worker"
    """Worker or gate."""
    role: OptionName | None = None
    """Name of the role that works."""
    task: Annotated[str, Field(min_length=1)] | None = None
    """What it does."""
    needs: Some[NodeId] = ()
    """Nodes before it."""
    outputs: Some[Annotated[str, Field(min_length=1)]] = ()
    """What is asked of a worker."""
    allow_write: bool | None = None
    """Whether it may write; null takes the default."""
    write_scope: ScopeV1 | None = None
    """Where it may write."""
    timeout_seconds: Seconds | None = None
    """Longest wall time of one attempt."""
    pass_when: Some[Condition] = ()
    """Conditions of a gate, which must all hold."""
    on_fail: RetryV1 | None = None
    """What a gate has done again when it does not pass."""
    mock_status: Status | None = None
    """How a simulated attempt ends."""
    mock_status_sequence: Many[Status] = ()
    """How simulated attempts end, one after the other."""
    mock_missing_handoff: Some[str] = ()
    """Fields that a simulated handoff lacks, so that there is none."""


class WorkflowV1(Value):
    """A whole file."""

    schema_version: Literal[1]
    """Version of the format."""
    id: OptionName
    """Name of the workflow."""
    description: str = ""
    """What it does."""
    defaults: DefaultsV1 = DefaultsV1()
    """What holds for every node that says nothing else."""
    nodes: Annotated[dict[NodeId, NodeV1], Field(min_length=1)]
    """Nodes by id, in any order."""
