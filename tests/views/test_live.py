"""A run that is followed by its lines stands where its whole log says."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ccorch.schema.event import (
    AnyEvent,
    Ended,
    Event,
    Finished,
    Metered,
    Moved,
    Parked,
    PauseAsked,
    Reopened,
    ResumeAsked,
    Started,
    ToolCalled,
    Unparked,
)
from ccorch.schema.status import OVER
from ccorch.views.live import Live
from ccorch.views.summary import Fold
from ccorch.views.watched import summed_up
from tests.plan_kit import node, plan
from tests.views.logs import EVENTS, TEXTS, numbered

PLAN = plan(node("a"), node("b", "a"), node("c", "a"))
STEERED = st.one_of(
    EVENTS,
    st.builds(PauseAsked, by=st.just("terminal")),
    st.builds(ResumeAsked, by=st.just("terminal")),
    st.builds(Moved, by=st.just("terminal"), priority=st.integers(-9, 9)),
    st.builds(Parked, profile=TEXTS, error=st.just("quota"), until=st.floats(0, 9), told=st.booleans()),
    st.builds(Unparked, profile=TEXTS),
    st.builds(
        Reopened, nodes=st.just(("a",)), by=st.just("a"), cause=st.just("failed"), not_before=st.floats(0, 9)
    ),
)
LOGS = st.lists(STEERED, max_size=30).map(lambda log: numbered([Started(node="c", attempt=1), *log]))
"""Nothing is set back before something has begun."""


def lines(events: list[Event]) -> bytes:
    return b"".join(AnyEvent.dump_json(event) + b"\n" for event in events)


def told(events: list[Event]) -> Fold:
    fold = Fold(PLAN)
    for event in events:
        fold.apply(event)
    return fold


@given(LOGS, st.integers(0, 30), st.integers(1, 30))
def test_a_summary_and_the_lines_since_say_what_the_whole_log_says(log: list[Event], cut: int, step: int) -> None:
    before = told(log[:cut])
    live = Live.of(before.summary(), before.status, before.seq)
    for start in range(cut, len(log), step):
        live.take(lines(log[start : start + step]))

    whole = told(log)
    # a summary does not say that work was set back after an end where nodes are at work all the same: none ever are
    is_hidden = before.summary().paused and before.status not in ("parked", "needs_rerun")
    is_shut = before.status in OVER and whole.summary().shut
    if not (is_hidden and {live.status, whole.status} == {"parked", "needs_rerun"}) and not is_shut:
        assert live.status == whole.status
    assert (live.passed, live.money.usd) == (whole.passed, whole.usd)
    now, then = summed_up(before.summary(), live), whole.summary()
    assert (now.priority, now.paused, now.stopping) == (then.priority, then.paused, then.stopping)
    assert live.blocking == sum(one.blocking for one in then.findings)
    assert dict(live.severities) == dict(Counter(one.severity for one in then.findings))
    if before.status not in OVER:  # the summary of a run that is over does not say what was shut
        assert then.shut == (() if live.finished else now.shut)
    for found in then.nodes:
        mine = live.nodes[found.id]
        known = None not in (found.input_tokens, found.output_tokens)
        assert mine.tokens == ((found.input_tokens or 0) + (found.output_tokens or 0) if known else None)
        assert (mine.status, mine.attempt, mine.outcome, mine.doing) == (
            found.status,
            found.attempt,
            found.outcome,
            found.doing,
        )
        assert mine.not_before == found.not_before
        assert (mine.started_at, mine.ended_at, mine.money.usd) == (found.started_at, found.ended_at, found.usd)


def test_a_call_before_a_stale_ending_is_still_what_the_node_does() -> None:
    live = Live.of(told([]).summary(), "queued")
    said: list[Event] = [
        Started(node="a", attempt=2),
        ToolCalled(node="a", attempt=2, line=1, tool="Grep", target="x"),
        Ended(node="a", attempt=1, passed=False),
    ]

    live.take(lines(numbered(said)))

    assert (live.nodes["a"].status, live.nodes["a"].doing) == ("running", "Grep x")


def test_lines_that_are_no_events_change_nothing() -> None:
    before = told([])
    live = Live.of(before.summary(), before.status)

    for no_event in (
        b"",
        b"{",
        b"[]",
        b'{"type":"started"}',
        b"\xff\xfe",
        b'{"type":"metered","node":"a"}',
        b"null",
    ):
        live.take(no_event + b"\n")

    assert {one.status for one in live.nodes.values()} == {"waiting"}


def test_of_many_calls_the_last_one_is_told() -> None:
    live = Live.of(told([]).summary(), "queued")
    calls: list[Event] = [ToolCalled(node="a", attempt=1, line=1, tool="Grep", target=str(at)) for at in range(9)]

    log = numbered([Started(node="a", attempt=1), *calls])

    live.take(lines(log[:1]))
    live.take(lines(log[1:]))

    assert (live.nodes["a"].tool, live.nodes["a"].doing) == ("Grep", "Grep 8")


def test_work_that_was_set_back_after_the_end_waits_for_somebody() -> None:
    live = Live.of(told([]).summary(), "queued")
    log: list[Event] = [
        Started(node="a", attempt=1),
        Metered(node="a", attempt=1, model="m", input_tokens=1, output_tokens=1, usd=0.5, exact=True),
        Ended(node="a", attempt=1, passed=True),
        Finished(status="done"),
        Reopened(nodes=("a",), by="terminal"),
    ]

    live.take(lines(numbered(log)))

    assert (live.status, live.money.usd) == ("needs_rerun", 0.5)
