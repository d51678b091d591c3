"""Whether something may be done, by facts about runs; words about it are read by nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ccorch.rules.amounts import some
from ccorch.schema.finding import Finding
from ccorch.schema.verdict import Verdict

Advice = Literal["approve", "revise", "block"]


@dataclass(frozen=True)
class Facts:
    """What is known of a run that an action rests on."""

    run: str
    is_over: bool
    verdict: Verdict | None
    findings: Sequence[Finding]
    handoffs: Sequence[tuple[str, str]]
    """Node and the status that its handoff claims."""
    forged: Sequence[str] = ()
    """What of it is not as ccorch wrote it."""


@dataclass(frozen=True)
class Review:
    """What follows from the facts."""

    advice: Advice
    objections: tuple[str, ...]
    missing: tuple[str, ...]
    changes: tuple[str, ...]


def reviewed(runs: Sequence[Facts], absent: Sequence[str]) -> Review:
    """Objections block, what is missing or to be mended asks for another round; without a run nothing is known.

    `absent` are names of evidence that does not exist.
    """
    objections = [objection for facts in runs for objection in _objections(facts)]
    missing = [f"evidence {name!r} does not exist" for name in absent]
    missing += [] if runs else ["no run was named, and words are no evidence: add --run RUN"]
    missing += [one for facts in runs for one in _missing(facts)]
    changes = [change for facts in runs for change in _changes(facts)]
    advice: Advice = "block" if objections else "revise" if missing or changes else "approve"
    return Review(advice, tuple(objections), tuple(missing), tuple(changes))


@dataclass(frozen=True)
class Word:
    """What a supervising worker says."""

    run: str
    verdict: str | None
    """accept, revise or reject; null when it gave none."""
    objections: tuple[str, ...]


def heard(review: Review, word: Word) -> Review:
    """The review with a supervisor's word beside it: acceptance changes nothing, anything else asks for more."""
    if word.verdict == "accept":
        return review
    asks = "; ".join(word.objections)
    said = f"the supervisor says {word.verdict}: {asks}" if word.verdict else "the supervisor gave no verdict"
    advice: Advice = "revise" if review.advice == "approve" else review.advice
    return replace(review, advice=advice, changes=(*review.changes, f"{said} (run {word.run})"))


def _objections(facts: Facts) -> list[str]:
    found = [] if facts.is_over else [f"run {facts.run} is not over"]
    if facts.forged:
        found.append(f"run {facts.run} is not as ccorch wrote it: {some(facts.forged)}")
    if facts.verdict is not None and facts.verdict.judgement in ("fail", "blocked"):
        bad = [check for check in facts.verdict.checks if check.judgement == facts.verdict.judgement]
        found += [f"run {facts.run}: {check.name} {check.judgement}: {check.reason}" for check in bad] or [
            f"the verdict on run {facts.run} is {facts.verdict.judgement}"
        ]
    noticed = (finding for finding in facts.findings if finding.blocking)
    return [*found, *(f"run {facts.run}: {finding.code}: {finding.message}" for finding in noticed)]


def _missing(facts: Facts) -> list[str]:
    verdict = facts.verdict
    if verdict is None or verdict.at is None:
        return [f"run {facts.run} was not verified: `ccorch verify {facts.run} --test CMD`"]
    unknown = [check for check in verdict.checks if check.judgement == "unknown"]
    return [f"run {facts.run}: {check.name} is unknown: {check.reason}" for check in unknown]


def _changes(facts: Facts) -> list[str]:
    claims = [
        f"run {facts.run}: {node} says {status}" for node, status in facts.handoffs if status not in ("", "pass")
    ]
    noticed = (one for one in facts.findings if not one.blocking and one.severity != "low")
    return [*claims, *(f"run {facts.run}: look at {one.code}: {one.message}" for one in noticed)]
