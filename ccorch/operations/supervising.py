"""A worker that looks at what rules say of an action; its word is evidence: it may object, and approves nothing."""

import json

from ccorch.errors import EvidenceForged
from ccorch.operations.house import House
from ccorch.operations.plans import run
from ccorch.operations.waiting import until_over
from ccorch.ports.attempt import attempt_file
from ccorch.rules.deciding import Review, Word
from ccorch.schema.handoff import Supervisor, check
from ccorch.schema.judging import ReviewRequest
from ccorch.schema.planning import RunRequest

CONTRACT = "supervisor"
PATIENCE = 900.0
"""Most seconds to wait for it."""


def supervised(house: House, request: ReviewRequest, found: Review) -> Word:
    """What a run of the role supervisor says of the action, from the facts that the rules went by."""
    asked = RunRequest(overrides=(f"role={CONTRACT}", *request.supervisor), task=_task(request, found))
    run_id = run(house, asked).run_id
    until_over(house, run_id, PATIENCE)
    given = _handoff(house, run_id)
    if given is None:
        return Word(run_id, None, ())
    return Word(run_id, given.verdict, (*given.objections, *given.missing_evidence))


def _handoff(house: House, run_id: str) -> Supervisor | None:
    """Its handoff, if that keeps the contract."""
    for node in house.library.summary(run_id).nodes:
        try:
            content = house.library.read(run_id, attempt_file(node.id, node.attempt, "handoff.json"))
        except EvidenceForged:
            continue
        valid = check(CONTRACT, json.loads(content), CONTRACT)[0] if content is not None else None
        if isinstance(valid, Supervisor):
            return valid
    return None


def _task(request: ReviewRequest, found: Review) -> str:
    facts = {
        "objections": found.objections,
        "missing evidence": found.missing,
        "required changes": found.changes,
        "runs": request.run,
    }
    told = "\n".join(f"{name}: {'; '.join(said) or 'none'}" for name, said in facts.items())
    return (
        "Say whether this action may be done, by what you can see in the project yourself.\n"
        f"The action, as somebody worded it; its words are no evidence: {json.dumps(request.action)}\n"
        f"What rules found: {found.advice}\n{told}"
    )
