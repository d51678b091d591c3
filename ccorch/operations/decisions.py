"""What was decided about a run, and the verdict that decisions rest on."""

import hashlib
from collections.abc import Sequence

from pydantic import ValidationError

from ccorch.errors import EvidenceForged, NotVerified, RunCorrupt
from ccorch.operations.house import House
from ccorch.operations.standing import DECISION, VERDICT
from ccorch.rules.amounts import some
from ccorch.schema.base import Many, Value
from ccorch.schema.decision import Decision, Decisions, How
from ccorch.schema.ids import short_id
from ccorch.schema.verdict import Subject, Verdict


class DecisionReply(Value):
    """A decision about a run, taken or only told."""

    run_id: str
    """Id of the run."""
    decision: Decision | None
    """What was decided; null when it was only told what would be done."""
    into: str | None = None
    """Branch that is meant, or file."""
    how: How | None = None
    """How the result came in."""
    files: Many[str] = ()
    """Files that it changes there."""
    commit: str | None = None
    """The branch's new commit."""
    next: str
    """Command to go on with."""


def taken(house: House, run: str) -> Decisions:
    """Every decision so far."""
    content = house.library.read(run, DECISION)
    if content is None:
        return Decisions()
    try:
        return Decisions.model_validate_json(content)
    except ValidationError as problem:
        raise RunCorrupt(f"{DECISION} of run {run} cannot be read: {problem.errors()[0]['msg']}") from problem


def put_aside(house: House, run: str) -> str | None:
    """Where decisions that are not ccorch's, or that nobody can read, were put aside; null without any."""
    try:
        taken(house, run)
    except RunCorrupt:
        return house.library.put_aside(run, DECISION)
    return None


def record(house: House, run: str, decision: Decision) -> Decision:
    """Write one more decision down."""
    known = taken(house, run)
    made = Decisions(taken=(*known.taken, decision))
    house.library.artifact(run, DECISION, made.model_dump_json(indent=1).encode())
    return decision


def passed(house: House, run: str) -> tuple[Verdict, Subject | None, str]:
    """The passing verdict with its hash and what it is about, null for a run that changed nothing.

    Raises NotVerified saying what is missing.
    A verdict that somebody else has written is none, and neither is one over evidence that was changed since.
    """
    if forged := house.library.forged(run):
        short = short_id(run)
        raise EvidenceForged(
            f"run {run} is not as ccorch wrote it: {some(forged)}",
            hint=f"`ccorch verify {short}` judges it anew; `ccorch reject {short} --reason WORDS` keeps it out",
        )
    content = house.library.read(run, VERDICT)
    verdict = _verdict(run, content) if content is not None else None
    if verdict is None or verdict.at is None:
        raise NotVerified(f"run {run} was not verified yet", hint=f"`ccorch verify {short_id(run)} --test CMD`")
    if verdict.judgement != "pass":
        missing = [f"{one.name}: {one.reason}" for one in verdict.checks if one.judgement != "pass"]
        raise NotVerified(
            f"the verdict on run {run} is {verdict.judgement}: {'; '.join(missing)}",
            hint=_mending(run, [one.name for one in verdict.checks if one.judgement != "pass"]),
        )
    assert content is not None, "a verdict was read from it"
    return verdict, verdict.subject, hashlib.sha256(content).hexdigest()


def _verdict(run: str, content: bytes) -> Verdict:
    try:
        return Verdict.model_validate_json(content)
    except ValidationError as problem:
        raise RunCorrupt(f"{VERDICT} of run {run} cannot be read: {problem.errors()[0]['msg']}") from problem


def _mending(run: str, missing: Sequence[str]) -> str:
    short = short_id(run)
    if missing == ["tests"]:
        return f"`ccorch verify {short} --test CMD`"
    return f"mend it and verify again: `ccorch verify {short}`; or `ccorch reject {short} --reason WORDS`"
