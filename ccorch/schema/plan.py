"""The resolved, frozen and hashed DAG: what will run, on what, under which limits, from which inputs."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from ccorch.schema.asked import Asked
from ccorch.schema.base import Many, Value, unset
from ccorch.schema.checks import Checks, Command
from ccorch.schema.ids import NodeId, Sha256
from ccorch.schema.policy import Caps, Checkpoints, Output, Retries, Sandbox, WriteScope
from ccorch.schema.price import ModelPrice
from ccorch.schema.profile import Profile
from ccorch.schema.role import Role
from ccorch.schema.route import Route
from ccorch.schema.spelling import spelled_alike, spelled_with
from ccorch.schema.workflow import Approval, Condition, Decision, Rehearsed, Reopen
from ccorch.schema.worktree import Worktree

Number = TypeVar("Number", int, float)


class Cli(Value):
    """The Claude Code binary that the plan was made for."""

    version: str
    """What `claude --version` says."""
    sha256: Sha256
    """Hash of the binary."""


class Inputs(Value):
    """Everything the plan was made from, by hash."""

    config: Sha256
    """Hash of the composed configuration without the task."""
    task: Sha256
    """Hash of the task text."""
    prompts: Sha256
    """Hash of every node's prompts."""
    profiles: dict[str, Sha256]
    """Fingerprints of the profiles used."""
    prices: dict[str, ModelPrice | None]
    """Prices of the models used; null is unknown."""
    routing: Sha256
    """Hash of what the routes were chosen from."""
    cli: Cli | None
    """Claude Code binary; null for simulated workers."""
    commit: str | None
    """Commit checked out in the project; null without git or before the first commit."""
    dirty: Sha256 | None
    """Hash of uncommitted changes and untracked files; null when there are none."""


class Attachment(Value):
    """A file that is shown to workers."""

    path: str
    """Path relative to the project."""
    sha256: Sha256
    """Hash of its content when planned."""
    bytes: int
    """Size when planned."""
    media_type: str
    """text/plain, image/png and so on, told from its content."""


class PlanNode(Value):
    """A vertex of the plan."""

    id: NodeId
    """Name, unique in the plan."""
    lane: str | None = None
    """Branch of a sweep that the node belongs to."""
    kind: Literal["work"] = "work"
    """work is done by a worker."""
    role: Role
    """Who works."""
    route: Route
    """Where its requests go and why."""
    needs: Many[NodeId] = ()
    """Nodes that must have passed before."""
    after: Many[NodeId] = ()
    """Writers of the same files that it waits for, however they end; it builds on what they made."""
    fan_out: str | None = None
    """The fan-out of which it is a member; null when it is none."""
    simulate: Many[Rehearsed] = ()
    """How its attempts end where no worker runs, one after the other; none passes."""
    when: Condition | None = None
    """Condition under which it is done at all, with the plan's own node ids."""
    task: str | None = None
    """This node's own part of the work, added to the run's task."""
    system_prompt: str
    """Full system prompt of the worker."""
    writes: bool
    """Whether it works in a worktree of its own that it may change."""
    write_scope: WriteScope | None = None
    """Where it may write; null for readers."""
    sandbox: Sandbox = "off"
    """Whether its commands run in a sandbox."""
    worktree: Worktree | None = None
    """How its worktree is set up; null where nothing is done to it, and for those that get none."""
    port: int | None = None
    """First of its own ports; null where none are given."""
    timeout_seconds: int
    """Longest wall time of one attempt."""
    max_turns: int
    """Most model turns of one attempt."""
    usd: float | None = None
    """Most US dollars that all its attempts may spend together; null leaves the limits of the run."""
    tokens: int | None = None
    """The same in tokens of all kinds."""
    commands: Many[Command] = ()
    """Commands that are run in place of a worker; no model is asked then."""
    images: bool = False
    """Whether attached images are shown."""
    most_attempts: int = 1
    """How often it can be tried in all, by itself and for the gates that have it done again."""
    worst_usd: float | None = None
    """Most one attempt can cost by turns and window at the planned price; null when that is unknown or a plan's."""

    @property
    def before(self) -> tuple[str, ...]:
        """All that must be over before it starts."""
        return (*self.needs, *self.after)

    @property
    def own_variables(self) -> dict[str, str]:
        """The variables by which whoever does it knows its ports."""
        ports = self.worktree.ports if self.worktree else None
        if ports is None or self.port is None:
            return {}
        return {"CCORCH_PORT": str(self.port), "CCORCH_PORTS": str(ports.each)}


OWN = (
    *("id", "needs", "after", "fan_out", "simulate", "when", "task"),
    *("timeout_seconds", "max_turns", "most_attempts", "worst_usd", "usd", "tokens"),
)
"""What nodes of one kind may differ in, and the numbers, which every node has for itself."""


class PlanGate(Value):
    """A vertex of the plan that judges what it needs; no worker runs."""

    id: NodeId
    """Name, unique in the plan."""
    lane: str | None = None
    """Branch of a sweep that the gate belongs to."""
    kind: Literal["gate"] = "gate"
    """A gate judges its needs."""
    needs: Many[NodeId] = ()
    """Nodes that it judges."""
    when: Condition | None = None
    """Condition under which it is judged at all, where the workflow that it belongs to has one."""
    pass_when: Many[Condition] = ()
    """Conditions that must all hold, with the plan's own node ids."""
    approval: Approval | None = None
    """What somebody has to answer; null where conditions alone decide."""
    on_fail: Reopen | None = None
    """What is done again when it does not pass."""
    verify: bool = False
    """Whether it verifies what was written before it."""
    planted: Many[str] = ()
    """Faults that its commands must notice."""
    votes: Many[NodeId] = ()
    """The voters whose votes it counts."""
    decide: Decision | None = None
    """How it counts them; null where nobody votes."""

    @property
    def before(self) -> tuple[str, ...]:
        """All that must be over before it is judged."""
        return self.needs


Vertex = PlanNode | PlanGate


class Limits(Caps):
    """What holds for the whole run; the owner's ceilings hold besides."""

    max_concurrent: int
    """Most workers at the same time."""
    unpriced: Literal["refuse", "allow"]
    """What happens with models without a price."""
    route_mismatch: Literal["fail", "warn"]
    """What happens when another model answers."""
    priority: int
    """Order among runs when slots are short."""
    keep_raw: int
    """Days for which raw evidence is kept."""
    retries: Retries = unset(Retries)
    """How often a node is tried again by itself."""
    stall_seconds: int = 600
    """Longest seconds in which nothing is heard of a worker."""
    no_progress_seconds: int = 900
    """Longest seconds in which a worker says and does nothing new."""
    output: Output = unset(Output)
    """How much of what one attempt puts out is kept."""
    checkpoint: Checkpoints = unset(Checkpoints)
    """How often the run is summed up while it runs."""


class Plan(Value):
    """The contract between planning and running."""

    version: Annotated[int, Field(ge=1)] = 1
    """Version of this format."""
    worker: Literal["claude", "simulated"]
    """Real Claude Code processes, or none at all."""
    asked: Asked
    """Overrides and overlay it was composed from, so that a run can tell whether the configuration drifted."""
    task: str
    """What is to be done, as it was given."""
    context: str | None = None
    """Background beside the task."""
    attachments: Many[Attachment] = ()
    """Files shown to workers."""
    script: str | None = None
    """Script that the scripted model plays."""
    script_sha256: Sha256 | None = None
    """Hash of that script."""
    label: str | None = None
    """Free word by which the run can be listed."""
    workflow: str | None = None
    """Name of its workflow, or of those of its lanes; null in plans from before it was written down."""
    profiles: Many[Profile]
    """The profiles used, without secrets."""
    inputs: Inputs
    """What the plan was made from."""
    prices_dated: str
    """Day of the price list."""
    limits: Limits
    """What holds for the whole run."""
    checks: Checks = unset(Checks)
    """What the verdict is made of."""
    nodes: Many[PlanNode]
    """Vertices that workers do, in declared order."""
    gates: Many[PlanGate] = ()
    """Vertices that judge, in declared order."""

    @classmethod
    def read(cls, content: bytes) -> "Plan":
        """The plan that is spelled so; raises ValidationError.

        Its spelling and its hash stay what they are: another build's plan may lack fields that this one knows.
        """
        return cls.model_validate_json(content).keeping(content.decode("utf-8", "surrogatepass").rstrip("\n"))

    def keeping(self, spelling: str) -> "Plan":
        """The plan, just read, with the spelling that it was read from."""
        self.__dict__["spelled"] = spelling
        return self

    @cached_property
    def by_id(self) -> dict[str, PlanNode]:
        """Nodes by their ids."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def vertices(self) -> tuple[Vertex, ...]:
        """All nodes, then all gates: the order of their positions."""
        return (*self.nodes, *self.gates)

    @cached_property
    def sha256(self) -> str:
        """Hash of the plan's spelling: its identity."""
        digest = hashlib.sha256()
        # a large plan is not put together only to be hashed
        for piece in (self.spelled,) if "spelled" in self.__dict__ else self._pieces():
            digest.update(piece.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    @cached_property
    def spelled(self) -> str:
        """Canonical JSON, as it was written where it was read; equal plans of one build are spelled equally."""
        return "".join(self._pieces())

    @property
    def worst_usd(self) -> float | None:
        """Most the run can cost: the limit, or the sum of its nodes' worst; null when nothing bounds it.

        No limit in money holds a model without a price that is allowed nevertheless. What a subscription pays for
        is left out; null, too, when it pays for all.
        """
        paid = [node for node in self.nodes if not self.is_covered(node)]
        if self.nodes and not paid:
            return None
        known = [worst for node in paid if (worst := self.worst_of(node)) is not None]
        if len(known) < len(paid) and self.limits.unpriced == "allow":
            return None
        total = sum(known) if len(known) == len(paid) else None
        bounds = [bound for bound in (self.limits.usd_per_run, total) if bound is not None]
        return min(bounds) if bounds else None

    def worst_of(self, node: PlanNode) -> float | None:
        """Most that all attempts of a node can cost together, held by its own limit; null when that is unknown."""
        if node.worst_usd is None:
            return None
        return _least(node.worst_usd * node.most_attempts, self.usd_of(node))

    def usd_of(self, node: PlanNode) -> float | None:
        """The limit in money of a node: its own or that of every node, whichever is smaller."""
        return _least(node.usd, self.limits.usd_per_node)

    def tokens_of(self, node: PlanNode) -> int | None:
        """The limit in tokens of a node, found in the same way."""
        return _least(node.tokens, self.limits.tokens_per_node)

    def counts_tokens(self, node: PlanNode) -> bool:
        """Whether a limit in tokens holds a node."""
        return self.tokens_of(node) is not None or self.limits.tokens_per_run is not None

    def is_covered(self, node: PlanNode) -> bool:
        """Whether a subscription pays for a node."""
        return self.profile(node.route.profile).kind == "subscription"

    def doer(self, node: str) -> Literal["claude", "simulated", "commands"]:
        """Who does a node: which of the workers ports sees its attempts to their end."""
        return "commands" if self.worker == "claude" and self.by_id[node].commands else self.worker

    def profile(self, name: str) -> Profile:
        """The profile that a route names, by its id where names are not enough."""
        return self._by_route[name]

    def _pieces(self) -> Iterator[str]:
        rest = self.model_dump(mode="json", exclude={"nodes"})
        return spelled_with(rest, nodes=spelled_alike(self.nodes, OWN))

    @cached_property
    def _by_route(self) -> dict[str, Profile]:
        # the first of a name counts, and an id before every name
        named = {one.name: one for one in reversed(self.profiles)}
        return named | {one.id: one for one in reversed(self.profiles) if one.id is not None}


def _least(one: Number | None, other: Number | None) -> Number | None:
    """The smaller of those that are limits."""
    return other if one is None else one if other is None else min(one, other)
