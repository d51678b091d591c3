"""The verbs that weigh what runs have done: a review of a decision, and scores of the models that worked."""

import json
from collections.abc import Iterator

from ccorch.errors import ArgumentInvalid, EvidenceForged
from ccorch.operations import which
from ccorch.operations.house import House
from ccorch.operations.standing import VERDICT
from ccorch.operations.supervising import supervised
from ccorch.ports.attempt import attempt_file
from ccorch.rules.deciding import Advice, Facts, heard, reviewed
from ccorch.rules.scores import Work, score
from ccorch.schema.base import Many, Value
from ccorch.schema.experience import Quality
from ccorch.schema.finding import Finding
from ccorch.schema.judging import ReviewRequest, ScoreRequest
from ccorch.schema.status import OVER
from ccorch.schema.verdict import Verdict


class ReviewReply(Value):
    """What rules say of an action, by facts."""

    advice: Advice
    """approve, revise or block; only approve exits with 0."""
    action: str
    """The action, as it was named; nothing in it counts."""
    objections: Many[str]
    """Facts that stand against it."""
    missing_evidence: Many[str]
    """What is not known and would have to be."""
    required_changes: Many[str]
    """What is to be mended or looked at first."""
    evidence: Many[str]
    """Named evidence that exists."""
    supervisor: str | None = None
    """What a supervising worker said, and in which run; evidence alone. Null when none was asked."""


class ScoreReply(Value):
    """Scores that were recorded."""

    run_id: str
    """Id of the run."""
    scores: Many[Quality]
    """One for each node's latest attempt, on the model that answered."""


def review(house: House, request: ReviewRequest) -> ReviewReply:
    """Weigh an action by the verdicts, findings and handoffs of runs; words are never facts."""
    runs = tuple(which.to_read(house, run)[0] for run in request.run)
    there = {name: any(_exists(house, run, name) for run in runs) for name in request.evidence}
    found = reviewed([_facts(house, run) for run in runs], [name for name, known in there.items() if not known])
    word = supervised(house, request, found) if request.supervisor else None
    if word is not None:
        found = heard(found, word)
    return ReviewReply(
        advice=found.advice,
        action=request.action,
        objections=found.objections,
        missing_evidence=found.missing,
        required_changes=found.changes,
        evidence=tuple(name for name, known in there.items() if known),
        supervisor=f"run {word.run}: {word.verdict or 'no verdict'}" if word is not None else None,
    )


def rate(house: House, request: ScoreRequest) -> ScoreReply:
    """Record how good the work of a run was, for the model that answered; the latest score of an attempt counts."""
    run = which.to_change(house, request.run)
    if house.library.row(run).status not in OVER:
        raise ArgumentInvalid(f"run {run} is not over, so there is nothing to score", hint=f"`ccorch wait {run}`")
    scores = tuple(_scored(house, run, request))
    if not scores:
        raise ArgumentInvalid(f"no model answered in run {run}", hint="name a node that worked, with --node")
    for found in scores:
        house.records.add(found)
    return ScoreReply(run_id=run, scores=scores)


def _scored(house: House, run: str, request: ScoreRequest) -> Iterator[Quality]:
    plan, summary = house.library.plan(run), house.library.summary(run)
    for node in summary.nodes:
        if not node.served or (request.node is not None and node.id != request.node):
            continue
        known = node.input_tokens is not None and node.output_tokens is not None
        work = Work(
            passed=node.status == "passed",
            findings=_of_attempt(summary.findings, node.id, node.attempt),
            tokens=(node.input_tokens or 0) + (node.output_tokens or 0) if known else None,
            solved=_said(request.solved),
            rework=_said(request.rework),
            hallucination=request.hallucination,
        )
        points, why = score(work)
        yield Quality(
            at=house.clock.now(),
            run=run,
            node=node.id,
            attempt=node.attempt,
            profile=plan.profile(node.profile).key,
            model=node.served[-1],
            role=node.role,
            score=points,
            notes="; ".join(part for part in (why, request.notes) if part),
        )


def _said(word: str | None) -> bool | None:
    return None if word is None else word == "yes"


def _of_attempt(findings: tuple[Finding, ...], node: str, attempt: int) -> tuple[Finding, ...]:
    return tuple(one for one in findings if one.node == node and one.attempt == attempt)


def _facts(house: House, run: str) -> Facts:
    summary = house.library.summary(run)
    latest = [one for node in summary.nodes for one in _of_attempt(summary.findings, node.id, node.attempt)]
    content = _genuine(house, run, VERDICT)
    handoffs = (
        (node.id, _genuine(house, run, attempt_file(node.id, node.attempt, "handoff.json")))
        for node in summary.nodes
    )
    return Facts(
        run=run,
        is_over=house.library.row(run).status in OVER,
        verdict=Verdict.model_validate_json(content) if content else None,
        findings=latest,
        handoffs=[(node, str(json.loads(told).get("status", ""))) for node, told in handoffs if told],
        forged=house.library.forged(run) or (),
    )


def _genuine(house: House, run: str, name: str) -> bytes | None:
    """A file of the run, unless somebody else has written it: that is told as what it is."""
    try:
        return house.library.read(run, name)
    except EvidenceForged:
        return None


def _exists(house: House, run: str, name: str) -> bool:
    plain = not name.startswith(("/", ".")) and ".." not in name.split("/")
    return plain and _genuine(house, run, name) is not None
