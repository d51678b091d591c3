"""The authored DAG: who works on what after whom, and which gates judge the work."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.amounts import Tokens, Usd
from ccorch.schema.base import Many, Value
from ccorch.schema.checks import Command
from ccorch.schema.ids import NodeId, OptionName
from ccorch.schema.policy import WriteScope
from ccorch.schema.role import Role
from ccorch.schema.team import Decision as Decision

Condition = Annotated[str, Field(min_length=1, max_length=2000)]
"""A sentence of the gates' closed language, such as `testing.status == "pass" and review.blocking_count == 0`."""


class Reopen(Value):
    """What happens when a gate does not pass: a node and everything after it is done again."""

    reopen: NodeId
    """Node that is set back to waiting, with all that need it."""
    max: Annotated[int, Field(ge=1, le=20)]
    """Most times that this gate may do so."""


Patch = Annotated[str, Field(min_length=1, max_length=100_000)]
"""A unified diff."""


class Approval(Value):
    """A gate that somebody has to answer; it waits without taking a slot."""

    question: Annotated[str, Field(min_length=1, max_length=2000)]
    """What is asked."""
    choices: Many[OptionName] = ("approve", "reject")
    """What may be answered."""
    passes: Many[OptionName] = ("approve",)
    """Answers that let the gate pass."""
    deadline_seconds: Annotated[int, Field(ge=1, le=2_592_000)] | None = None
    """Seconds after which `default` is the answer; null waits for ever."""
    default: OptionName | None = None
    """Answer at the deadline; needed where there is one."""


Each = Literal["roles", "voters"]
"""What a node is done once for each of."""

Rehearsed = Literal["pass", "fail", "blocked", "needs_repair", "timeout", "lost", "no_handoff"]
"""How an attempt of a simulated worker ends: with a handoff of that status, or without any."""


class Voter(Value):
    """One of several who are asked the same."""

    profile: str | None = None
    """Profile that serves it; null takes the node's."""
    model: str | None = None
    """Model it runs on; null takes the node's."""


class WorkflowNode(Value):
    """One node of the authored DAG."""

    id: NodeId
    """Name of the node within the workflow."""
    kind: Literal["work", "gate"] = "work"
    """work is done by a worker, a gate judges its needs."""
    role: str | None = None
    """Key in workflow.roles; null takes the run's role."""
    task: str | None = None
    """What this node does with the run's task, added to it; null gives the task alone. `{item}` is a fan-out's."""
    workflow: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """Workflow that is done in place of this node: an option's name, or a file as in workflow_file."""
    inputs: dict[str, str] = {}
    """What that workflow is given, by the names of its inputs."""
    needs: Many[NodeId] = ()
    """Nodes that must have passed before this one starts; their handoffs are shown to it."""
    when: Condition | None = None
    """Condition on its needs; where it does not hold the node is passed over and does not hold up others."""
    fan_out: Many[str] | None = None
    """Items for each of which the node is done once; null does it once."""
    each: Each | None = None
    """Does the node once for each of workflow.roles, or of workflow.voters; null does it once."""
    commands: Many[Command] = ()
    """Commands that are run, one after the other, in place of a worker; how they end is its testing handoff. A
    project's files may not give them."""
    checks: bool = False
    """Runs checks.commands, where there are any, in place of its worker."""
    profile: str | None = None
    """Profile of this node; null takes the run's."""
    model: str | None = None
    """Model of this node; null takes the run's."""
    write_scope: WriteScope | None = None
    """Where this node may write; null takes policy.write_scope."""
    max_turns: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Most model turns of one attempt; the smallest of this, the role's and the policy's holds."""
    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    """Longest wall time of one attempt; the smallest of this, the role's and the policy's holds."""
    usd: Usd | None = None
    """Most US dollars that all attempts of this node may spend together; the smaller of this and cost.usd_per_node
    holds."""
    tokens: Tokens | None = None
    """Most tokens of all kinds for all attempts of it; the smaller of this and cost.tokens_per_node holds."""
    pass_when: Many[Condition] = ()
    """Of a gate: conditions that must all hold; none asks that every need's handoff says pass, and of voters what
    workflow.decide says."""
    approval: Approval | None = None
    """Of a gate: somebody has to answer it."""
    verify: bool = False
    """Of a gate: what was written before it is verified as `ccorch verify` does it, by checks.commands too."""
    planted: Many[Patch] = ()
    """Of a gate that verifies: faults as unified diffs against the result; some command must notice each."""
    on_fail: Reopen | None = None
    """Of a gate: what is done again when it does not pass; null lets the run fail."""


class Workflow(Value):
    """An authored DAG of nodes."""

    name: OptionName
    """Name of the workflow; the same as its file."""
    summary: str
    """What the workflow does, in one line."""
    roles: dict[str, Role] = {}
    """Roles by key, usually imported with `/role@roles.KEY: OPTION`; a list names roles that are their own keys."""
    voters: Many[Voter] | Annotated[int, Field(ge=1, le=100)] = 1
    """Who is asked by nodes with each: voters; a number asks so many on the run's route."""
    decide: Decision = "majority"
    """How their votes are counted: more than half say pass, all do, or one does, the first of whom is taken."""
    sources: Many[str] | None = None
    """Runs of the project whose handoffs every node is shown; null shows none."""
    inputs: dict[str, str | None] = {}
    """What `{NAME}` in tasks, fan-outs and questions stands for where nobody gives it; null has to be given."""
    nodes: Many[WorkflowNode]
    """Nodes in any order."""

    @property
    def asked(self) -> tuple[Voter, ...]:
        """Every voter."""
        return (Voter(),) * self.voters if isinstance(self.voters, int) else self.voters
