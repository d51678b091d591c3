"""A workflow file of the older format as a workflow of ours, or everything that keeps it from being one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ccorch.rules.expression import ExpressionInvalid, from_reference
from ccorch.schema.policy import Output, WriteScope
from ccorch.schema.role import Role
from ccorch.schema.workflow import Rehearsed, Reopen, Workflow, WorkflowNode
from ccorch.schema.workflow_v1 import DefaultsV1, NodeV1, ScopeV1, WorkflowV1

Place = tuple[str | int, ...]
"""Keys of the file from its root down."""

READING = "{}_reading"
"""Key of a role that may write, for nodes that may not."""

OF_WORKERS = (
    *("role", "task", "outputs", "allow_write", "write_scope", "timeout_seconds"),
    *("mock_status", "mock_status_sequence", "mock_missing_handoff"),
)
OF_GATES = ("pass_when", "on_fail")
"""What only the one type of node may say."""


@dataclass(frozen=True)
class Translated:
    """What a file says in our words."""

    workflow: Workflow
    simulate: dict[str, tuple[Rehearsed, ...]] = field(default_factory=dict)
    """How simulated attempts end, by node."""
    output: Output | None = None
    """How much of what workers put out is kept at most; null leaves what the run says."""
    problems: tuple[tuple[Place, str], ...] = ()
    """What keeps it from being a workflow that can run."""


def roles_named(file: WorkflowV1) -> dict[str, Place]:
    """Every role that the file names, with the place where it does so first."""
    named: dict[str, Place] = {}
    for name, node in file.nodes.items():
        if node.role is not None:
            named.setdefault(node.role, ("nodes", name, "role"))
    return named


def translated(file: WorkflowV1, roles: Mapping[str, Role]) -> Translated:
    """The file as far as it can be said in our words, and what is wrong with it; `roles` are those that exist."""
    nodes = tuple(_node(name, node, file.defaults, roles) for name, node in file.nodes.items())
    used = {node.role for node in nodes if node.role is not None}
    keyed = dict(roles) | {READING.format(name): _reading(role) for name, role in roles.items()}
    workflow = Workflow(
        name=file.id,
        summary=file.description or f"The workflow file {file.id}.",
        roles={key: role for key, role in keyed.items() if key in used},
        nodes=nodes,
    )
    endings = {name: found for name, node in file.nodes.items() if (found := _endings(node))}
    return Translated(workflow, endings, _output(file.defaults), _problems(file, roles))


def _problems(file: WorkflowV1, roles: Mapping[str, Role]) -> tuple[tuple[Place, str], ...]:
    """What the schema cannot tell: what a node lacks or says in vain."""
    return tuple(
        (("nodes", name, *where), said)
        for name, node in file.nodes.items()
        for where, said in _contradictions(name, node, file.defaults, roles)
    )


def _contradictions(
    name: str, node: NodeV1, defaults: DefaultsV1, roles: Mapping[str, Role]
) -> Iterator[tuple[Place, str]]:
    foreign = OF_WORKERS if node.type == "gate" else OF_GATES
    for said in foreign:
        if getattr(node, said) not in (None, ()):
            yield (said,), f"node {name!r} is a {node.type}, which has no {said}"
    if node.type == "gate":
        yield from _of_gate(name, node)
    else:
        yield from _of_worker(name, node, _may_write(node, defaults), roles)


def _of_gate(name: str, node: NodeV1) -> Iterator[tuple[Place, str]]:
    for condition in node.pass_when:
        try:
            from_reference(condition)
        except ExpressionInvalid as invalid:
            yield ("pass_when",), f"node {name!r}: {condition!r}: {'; '.join(map(str, invalid.found))}"


def _of_worker(name: str, node: NodeV1, writes: bool, roles: Mapping[str, Role]) -> Iterator[tuple[Place, str]]:
    if node.role is None:
        yield (), f"worker {name!r} names no role"
    if not node.outputs:
        yield (), f"worker {name!r} names no outputs; say what it has to give, as in outputs: [report]"
    if writes and node.write_scope is None:
        yield (), f"worker {name!r} may write and has no write_scope; name what it may write in write_scope.allow"
    if node.write_scope is not None and not writes:
        yield ("write_scope",), f"worker {name!r} has a write_scope and may not write; set allow_write: true"
    if writes and node.role and node.role in roles and roles[node.role].permission == "read":
        can = (
            ", ".join(other for other, role in roles.items() if role.permission == "write") or "none that is named"
        )
        yield ("role",), f"worker {name!r} may write, but role {node.role} only reads; those that write: {can}"


def _node(name: str, node: NodeV1, defaults: DefaultsV1, roles: Mapping[str, Role]) -> WorkflowNode:
    if node.type == "gate":
        return WorkflowNode(
            id=name,
            kind="gate",
            needs=node.needs,
            pass_when=tuple(_readable(node.pass_when)),
            on_fail=_reopen(node),
        )
    role = roles.get(node.role) if node.role else None
    lowered = role is not None and role.permission == "write" and not _may_write(node, defaults)
    return WorkflowNode(
        id=name,
        role=READING.format(node.role) if lowered else node.role if role else None,
        task=_task(node),
        needs=node.needs,
        write_scope=_scope(node.write_scope) if node.write_scope else None,
        timeout_seconds=node.timeout_seconds or defaults.timeout_seconds,
    )


def _readable(conditions: Sequence[str]) -> Iterator[str]:
    """The conditions that can be read; what is wrong with the others is told as a problem."""
    for condition in conditions:
        with suppress(ExpressionInvalid):
            yield from from_reference(condition)


def _may_write(node: NodeV1, defaults: DefaultsV1) -> bool:
    return defaults.allow_write if node.allow_write is None else node.allow_write


def _reopen(node: NodeV1) -> Reopen | None:
    asked = node.on_fail
    return Reopen(reopen=asked.retry, max=asked.max_retries) if asked and asked.max_retries else None


def _task(node: NodeV1) -> str:
    asked = f"What is asked of you: {', '.join(node.outputs)}."
    return f"{node.task.rstrip()}\n{asked}" if node.task else asked


def _scope(scope: ScopeV1) -> WriteScope:
    never = WriteScope().deny
    deny = tuple(dict.fromkeys((*never, *scope.deny)))
    return WriteScope(allow=scope.allow, deny=deny, max_diff_lines=scope.max_diff_lines)


def _reading(role: Role) -> Role:
    return role.model_copy(update={"permission": "read"})


def _endings(node: NodeV1) -> tuple[Rehearsed, ...]:
    if node.mock_missing_handoff:
        return ("no_handoff",)
    return node.mock_status_sequence or ((node.mock_status,) if node.mock_status else ())


def _output(defaults: DefaultsV1) -> Output | None:
    sizes = {"hard_bytes": defaults.max_output_bytes, "events_hard_bytes": defaults.max_events_bytes}
    said: dict[str, Any] = {name: size for name, size in sizes.items() if size}
    return Output(**said, final_only=defaults.final_only) if said or defaults.final_only else None
