"""The ladder by which the next step of a run's controller is found: the first rung that holds decides."""

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ccorch.schema.finding import Finding
from ccorch.schema.ids import short_id
from ccorch.schema.next_step import Choice, NextStep
from ccorch.schema.status import OVER, RunStatus
from ccorch.schema.summary import GateSummary, RunSummary

SHORT_WAIT, LONG_WAIT = 110, 240
"""Seconds of a wait: under the two minutes after which clients put a call aside; under a prompt cache's five."""

HOW_IT_ENDED = ("limit_reached", "no_progress", "stalled")
"""Findings that say no more than why an attempt came to no good end: it may just be done again."""

YOUNG = 600
"""Seconds for which a run is young; one that has taken longer will take a while more."""


@dataclass(frozen=True)
class Standing:
    """What is known of a run when its controller looks."""

    run: str
    status: RunStatus
    summary: RunSummary
    now: float
    writes: bool
    """Whether it leaves a change to be accepted."""
    verdict: str | None = None
    """How it was judged by `verify`; null before that."""
    decision: str | None = None
    """What was decided about it last; null before that."""

    @property
    def short(self) -> str:
        """The run as commands name it."""
        return short_id(self.run)


def next_step(at: Standing) -> NextStep:
    """What is recommended now."""
    return _over(at) if at.status in OVER else _under_way(at)


def _under_way(at: Standing) -> NextStep:
    found = at.summary
    if against := _blocking(found):
        log = Choice(means="look", command=f"ccorch show {at.short} --view log")
        stop = Choice(means="stop it", command=f"ccorch stop {at.short}")
        return NextStep(action="stop_or_review", reason=f"found while it runs: {against}", choices=(stop, log))
    if asking := [gate for gate in found.gates if gate.asked_at is not None and gate.status == "running"]:
        choices = tuple(choice for gate in asking for choice in _answers(at, gate))
        return NextStep(
            action="answer", reason=f"waits for an answer: {', '.join(g.id for g in asking)}", choices=choices
        )
    if at.status == "needs_rerun" or found.paused:
        reason = "work was set back" if at.status == "needs_rerun" else "it is paused"
        return NextStep(action="resume", reason=reason, choices=(_resume(at), _stop(at)))
    wait = Choice(means="wait", command=f"ccorch wait {at.short} --until decision --timeout {_patience(at)}")
    if at.status == "parked" and found.shut:
        shut = ", ".join(dict.fromkeys(f"{one.profile} ({one.error})" for one in found.shut))
        reason = f"nothing starts on {shut}"
        return NextStep(action="wait", reason=reason, choices=(wait, _resume(at)), wait_seconds=LONG_WAIT)
    return NextStep(action="wait", reason=f"it is {at.status}", choices=(wait,), wait_seconds=_patience(at))


def _over(at: Standing) -> NextStep:
    show = Choice(means="read it", command=f"ccorch show {at.short}")
    reject = Choice(means="reject it", command=f"ccorch reject {at.short}")
    if at.decision is not None:
        return NextStep(action="nothing", reason=f"it is {at.decision}")
    if at.summary.simulated:
        return NextStep(action="nothing", reason="it was a rehearsal")
    if at.verdict is None and (against := _blocking(at.summary, HOW_IT_ENDED)):
        verify = Choice(means="judge it by evidence", command=f"ccorch verify {at.short}")
        return NextStep(action="review", reason=f"found: {against}", choices=(show, verify, reject))
    if at.status in ("failed", "timed_out"):
        retries = tuple(_retries(at))
        return NextStep(action="inspect_or_retry", reason=f"it {_ended(at)}", choices=(show, *retries, reject))
    if at.status == "cancelled":
        return NextStep(action="review", reason="it was stopped", choices=(show, reject))
    verify = Choice(means="judge it by evidence", command=f"ccorch verify {at.short}")
    if at.verdict is None:
        reason = "it is done, and nobody has verified it"
        return NextStep(action="verify", reason=reason, choices=(verify, show, reject))
    if at.verdict != "pass":
        return NextStep(action="review", reason=f"its verdict is {at.verdict}", choices=(show, verify, reject))
    if not at.writes:
        heard = Choice(means="accept what it says", command=f"ccorch accept {at.short}")
        return NextStep(action="read", reason="it passed, and changed nothing", choices=(show, heard, reject))
    accept = Choice(means="take the change", command=f"ccorch accept {at.short}")
    return NextStep(action="accept", reason="it passed", choices=(accept, show, reject))


def _answers(at: Standing, gate: GateSummary) -> Iterator[Choice]:
    for choice in gate.choices:
        words = f"ccorch answer {at.short} {shlex.quote(gate.id)} {shlex.quote(choice)}"
        yield Choice(means=f"{gate.id}: {choice}", command=words)


def _retries(at: Standing) -> Iterator[Choice]:
    """The nodes that came to a bad end themselves; what was skipped for them is done again with them."""
    broken = [node for node in at.summary.nodes if node.status == "failed"]
    for node in broken[:3]:
        name = shlex.quote(node.id)
        if node.outcome == "no_handoff":
            words = f"ccorch handoff repair {at.short} {name} --send"
            yield Choice(means=f"have {node.id} mend its handoff", command=words)
        yield Choice(means=f"do {node.id} again", command=f"ccorch retry {at.short} {name}")


def blocking(found: RunSummary) -> tuple[Finding, ...]:
    """What stands against the run now; what was found in attempts that were done again since does not."""
    latest = {node.id: node.attempt for node in found.nodes}
    return tuple(
        one
        for one in found.findings
        if one.blocking and one.attempt in (None, latest.get(one.node or "", one.attempt))
    )


def _blocking(found: RunSummary, but: Collection[str] = ()) -> str:
    return ", ".join(dict.fromkeys(one.code for one in blocking(found) if one.code not in but))


def _ended(at: Standing) -> str:
    endings = dict.fromkeys(node.outcome for node in at.summary.nodes if node.status == "failed" and node.outcome)
    return ": ".join(part for part in (at.status, ", ".join(endings)) if part)


def _resume(at: Standing) -> Choice:
    return Choice(means="go on", command=f"ccorch resume {at.short}")


def _stop(at: Standing) -> Choice:
    return Choice(means="stop it", command=f"ccorch stop {at.short}")


def _patience(at: Standing) -> int:
    begun = at.summary.submitted_at
    return LONG_WAIT if begun is not None and at.now - begun > YOUNG else SHORT_WAIT
