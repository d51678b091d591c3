"""The verbs about handoffs: what a contract asks, what nodes gave, whether it holds, and how it is mended."""

import json
from pathlib import Path
from typing import Any

from ccorch.errors import ArgumentInvalid, NotFound, RunStateConflict
from ccorch.operations import which
from ccorch.operations.given import given
from ccorch.operations.house import House
from ccorch.operations.steering import send
from ccorch.ports.attempt import attempt_file
from ccorch.rules.mending import words_for
from ccorch.rules.rehearsal import rehearsed_handoff
from ccorch.schema.base import Many, Value
from ccorch.schema.handoff import CONTRACTS, check, schema_of
from ccorch.schema.steering import SendRequest
from ccorch.schema.telling import (
    HandoffRepairRequest,
    HandoffShowRequest,
    HandoffTemplateRequest,
    HandoffValidateRequest,
)

SAY = "Say the result in a few sentences."


class TemplateReply(Value):
    """What a contract asks for."""

    role: str
    """Name of the contract."""
    example: dict[str, Any]
    """The smallest handoff that keeps it."""
    json_schema: dict[str, Any]
    """Its JSON Schema, as workers get it."""


class HandedOver(Value):
    """A handoff and what is wrong with it."""

    node: str | None
    """The node; null for one out of a file."""
    attempt: int | None
    """The attempt that gave it."""
    role: str
    """Contract that it has to keep."""
    status: str | None
    """What it says of its work; null when that cannot be told."""
    valid: bool
    """Whether it keeps its contract."""
    problems: Many[str]
    """Everything that is wrong with it, in words."""
    counts: bool
    """Whether it counts: the node has passed with exactly this attempt."""
    handoff: Any
    """What was given; null when nothing was."""


class HandoffReply(Value):
    """Handoffs, judged."""

    run_id: str | None
    """Id of the run; null for a file."""
    handoffs: Many[HandedOver]
    """Each, in declared order."""
    valid: bool
    """Whether all of them keep their contracts, and there is at least one."""
    note: str | None = None
    """Set when no run was named and this one belongs to another project."""


class MendReply(Value):
    """What a worker is told about its handoff."""

    run_id: str
    """Id of the run."""
    node: str
    """The node."""
    problems: Many[str]
    """Everything that is wrong with it."""
    words: str
    """What is said to the worker."""
    how: str | None = None
    """live or resumed, when it was said; null when it was only printed."""


def template(house: House, request: HandoffTemplateRequest) -> TemplateReply:
    """The smallest handoff of a contract, and its schema."""
    name = _contract(request.role)
    example = {**rehearsed_handoff(name, "pass"), "summary": SAY}
    plain = {key: "…" if said == "simulated" else said for key, said in example.items()}
    return TemplateReply(role=name, example=plain, json_schema=schema_of(name))


def show(house: House, request: HandoffShowRequest) -> HandoffReply:
    """What nodes handed over."""
    if request.attempt is not None and request.node is None:
        raise ArgumentInvalid("--attempt needs a node", hint="name the node too: `ccorch handoff show RUN NODE`")
    run, note = which.to_read(house, request.run)
    return _of_run(house, run, request.node, request.attempt).model_copy(update={"note": note})


def validate(house: House, request: HandoffValidateRequest) -> HandoffReply:
    """Whether handoffs keep their contracts."""
    if request.file is not None:
        if request.run is not None or request.node is not None:
            raise ArgumentInvalid("a file and a run were given", hint="give one of them")
        return _of_file(Path(request.file), request.role)
    if request.role is not None:
        raise ArgumentInvalid("--role is for a file", hint="the nodes of a run have roles of their own")
    return show(house, HandoffShowRequest(run=request.run, node=request.node))


def repair(house: House, request: HandoffRepairRequest) -> MendReply:
    """The words that ask for a better handoff, printed or said."""
    run = which.to_change(house, request.run)
    (one,) = _of_run(house, run, request.node, None).handoffs
    if one.valid:
        raise RunStateConflict(f"the {one.role} handoff of {request.node} is valid; there is nothing to mend")
    told = words_for(one.problems)
    how = send(house, SendRequest(run=run, node=request.node, text=told)).how if request.send else None
    return MendReply(run_id=run, node=request.node, problems=one.problems, words=told, how=how)


def _contract(name: str) -> str:
    if name not in CONTRACTS:
        raise NotFound(f"no handoff contract {name!r}", hint=f"contracts are {', '.join(CONTRACTS)}")
    return name


def _of_run(house: House, run: str, node: str | None, attempt: int | None) -> HandoffReply:
    plan, states = house.library.plan(run), {one.id: one for one in house.library.summary(run).nodes}
    if node is not None and node not in states:
        raise NotFound(f"the run has no node {node!r}", hint=f"its nodes are {', '.join(list(states)[:20])}")
    found = []
    for planned in plan.nodes:
        latest, contract = states[planned.id].attempt, planned.role.handoff
        if node not in (None, planned.id) or contract is None or not latest:
            continue
        number = attempt or latest
        content = house.library.read(run, attempt_file(planned.id, number, "handoff.json"))
        counts = number == latest and states[planned.id].status == "passed"
        if content is None and attempt is None and states[planned.id].status == "running":
            continue
        found.append(_judged(content, contract, planned.id, number, counts))
    if node is not None and not found:
        raise NotFound(f"{node} owes no handoff, or has not ended yet", node=node)
    return HandoffReply(run_id=run, handoffs=tuple(found), valid=_all_valid(found))


def _of_file(path: Path, role: str | None) -> HandoffReply:
    try:
        content = given(path, "handoff file")
    except OSError as problem:
        raise NotFound(f"handoff file {str(path)!r} cannot be read: {problem.strerror}") from problem
    named = _parsed(content)
    own = named.get("role") if isinstance(named, dict) else None
    found = _judged(content, _contract(role or str(own)), None, None, counts=False)
    return HandoffReply(run_id=None, handoffs=(found,), valid=found.valid)


def _judged(
    content: bytes | None, contract: str, node: str | None, attempt: int | None, counts: bool
) -> HandedOver:
    data = None if content is None else _parsed(content)
    if content is not None and data is None:
        problems: tuple[str, ...] = ("it is no JSON",)
    else:
        problems = check(contract, data, contract)[1]
    return HandedOver(
        node=node,
        attempt=attempt,
        role=contract,
        status=str(data["status"]) if isinstance(data, dict) and "status" in data else None,
        valid=not problems,
        problems=problems,
        counts=counts and not problems,
        handoff=data,
    )


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _all_valid(found: list[HandedOver]) -> bool:
    return bool(found) and all(one.valid for one in found)
