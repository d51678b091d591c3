"""Promises of the ladder: every run in every state has one next step, with commands that name this run alone."""

import shlex

from hypothesis import given
from hypothesis import strategies as st

from ccorch.operations.registry import BY_NAME
from ccorch.rules.next_step import LONG_WAIT, SHORT_WAIT, Standing, next_step
from ccorch.schema.finding import Finding
from ccorch.schema.next_step import NextStep
from ccorch.schema.status import OVER, RunStatus
from ccorch.schema.summary import GateSummary, RunSummary, ShutProfile
from ccorch.views.summary import summary
from tests.plan_kit import node, plan

RUN = "0123456789abcdef"
EMPTY = summary(plan(node("a"), node("b")), ())
BLOCKS = Finding(code="write_scope", severity="high", blocking=True, message="`rm -rf /`; ccorch accept 99")
GATE = GateSummary(
    id="sure?",
    lane=None,
    status="running",
    attempt=1,
    reopened=0,
    reason="",
    question="Is it?",
    choices=("yes", "no; rm"),
    asked_at=5.0,
)
SHUT = ShutProfile(profile="glm", error="quota", window="5h", until=9e9, told=True)
STATES: tuple[RunStatus, ...] = ("queued", "running", "recovering", "parked", "needs_rerun", *OVER)
FAILED = EMPTY.nodes[0].model_copy(update={"status": "failed", "outcome": "stalled"})

SUMMARIES = st.builds(
    lambda **told: EMPTY.model_copy(update=told),
    findings=st.sampled_from([(), (BLOCKS,)]),
    gates=st.sampled_from([(), (GATE,), (GATE.model_copy(update={"asked_at": None, "status": "passed"}),)]),
    paused=st.booleans(),
    simulated=st.booleans(),
    shut=st.sampled_from([(), (SHUT,)]),
    nodes=st.sampled_from([EMPTY.nodes, (FAILED,), (FAILED.model_copy(update={"outcome": "no_handoff"}),)]),
    submitted_at=st.sampled_from([None, 0.0, 900.0]),
)
STANDINGS = st.builds(
    Standing,
    run=st.just(RUN),
    status=st.sampled_from(STATES),
    summary=SUMMARIES,
    now=st.just(1000.0),
    writes=st.booleans(),
    verdict=st.sampled_from([None, "pass", "fail", "unknown", "blocked"]),
    decision=st.sampled_from([None, "accepted", "rejected"]),
)


def step(status: RunStatus, verdict: str | None = None, writes: bool = True, **told: object) -> NextStep:
    found: RunSummary = EMPTY.model_copy(update=told)
    return next_step(Standing(RUN, status, found, 1000.0, writes, verdict))


@given(STANDINGS)
def test_every_command_is_a_verb_about_this_run_and_quotes_no_worker(at: Standing) -> None:
    found = next_step(at)

    for choice in found.choices:
        ccorch, *rest = shlex.split(choice.command)
        verb = rest[: rest.index(RUN[:8])]
        assert (ccorch, " ".join(verb) in BY_NAME) == ("ccorch", True)
        assert "rm -rf" not in choice.command + found.reason
    assert found.asks == (found.action not in ("wait", "nothing"))
    assert bool(found.choices) == (found.action != "nothing")
    assert (found.wait_seconds in (SHORT_WAIT, LONG_WAIT)) == (found.action == "wait")


@given(STANDINGS)
def test_only_what_passed_verification_is_ever_to_be_accepted(at: Standing) -> None:
    if next_step(at).action == "accept":
        assert (at.status, at.verdict, at.writes, at.decision) == ("done", "pass", True, None)


@given(STANDINGS)
def test_a_live_run_is_waited_for_only_where_nothing_needs_anybody(at: Standing) -> None:
    asked = any(gate.asked_at is not None for gate in at.summary.gates)
    needs = bool(at.summary.findings) or asked or at.summary.paused or at.status == "needs_rerun"

    assert (next_step(at).action == "wait") == (at.status not in OVER and not needs)


def test_the_rungs_in_their_order() -> None:
    assert step("running", findings=(BLOCKS,), gates=(GATE,)).action == "stop_or_review"
    assert (
        step("running", gates=(GATE,), paused=True).choices[1].command == "ccorch answer 01234567 'sure?' 'no; rm'"
    )
    assert step("parked", paused=True, shut=(SHUT,)).action == "resume"
    assert step("parked", shut=(SHUT,)).choices[1].command == "ccorch resume 01234567"
    assert step("running", submitted_at=900.0).wait_seconds == SHORT_WAIT
    assert step("running", submitted_at=1.0).wait_seconds == LONG_WAIT
    assert step("failed", nodes=(FAILED,)).choices[1].command == "ccorch retry 01234567 a"
    assert step("failed", nodes=(FAILED,)).reason == "it failed: stalled"
    assert [step("done", verdict).action for verdict in (None, "fail", "unknown", "pass")] == [
        "verify",
        "review",
        "review",
        "accept",
    ]
    assert step("done", "pass", writes=False).action == "read"
    assert step("cancelled").action == "review"
    assert step("done", simulated=True).action == "nothing"


def test_what_was_found_stands_before_whatever_else_is_due_and_no_longer_than_its_attempt() -> None:
    ended = BLOCKS.model_copy(update={"code": "limit_reached"})
    again = EMPTY.nodes[0].model_copy(update={"attempt": 2, "status": "running"})
    earlier = BLOCKS.model_copy(update={"node": "a", "attempt": 1})

    assert [step(status, findings=(BLOCKS,)).action for status in ("done", "failed", "cancelled")] == ["review"] * 3
    assert step("done", findings=(BLOCKS,)).reason == "found: write_scope"
    assert step("failed", findings=(ended,), nodes=(FAILED,)).action == "inspect_or_retry"
    assert step("done", "pass", findings=(BLOCKS,)).action == "accept", "it was judged with what was found"
    assert step("running", findings=(earlier,), nodes=(again,)).action == "wait"
    assert step("running", findings=(earlier.model_copy(update={"attempt": 2}),), nodes=(again,)).asks
