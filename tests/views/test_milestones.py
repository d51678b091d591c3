"""A run's story in a dozen lines: every attempt once, in order, also where only the end of its log is read."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.schema.event import (
    AnyEvent,
    Ended,
    Event,
    Finished,
    HeldBack,
    PauseAsked,
    Reopened,
    Started,
    Submitted,
    ToolCalled,
)
from ccorch.views.milestones import FIRST, KINDS, LAST, milestones
from ccorch.views.summary import summary
from tests.plan_kit import HASH, node, plan
from tests.views.logs import LOGS, numbered

PLAN = plan(node("a"), node("b"), node("c"))
BEGUN = Submitted(run="0123456789abcdef", plan=HASH, by="terminal", who="ann")
AT = {"node": "a", "attempt": 1}
LOG = numbered(
    [
        BEGUN,
        HeldBack(node="a", limit="max_concurrent", reason="workers are at work elsewhere"),
        HeldBack(node="a", limit="max_concurrent", reason="money is set aside"),
        Started(**AT),
        ToolCalled(**AT, line=1, tool="Grep", target="x"),
        Ended(**AT, passed=False, outcome="timed_out", reason="still running after 2s"),
        Reopened(nodes=("a",), by="retry", cause="timed_out", node="a"),
        Started(node="a", attempt=2),
        PauseAsked(by="terminal", who="ann"),
        Ended(node="a", attempt=2, passed=True),
        Finished(status="done"),
    ]
)


def lines(log: list[Event]) -> list[bytes]:
    """As they stand in a log."""
    return [AnyEvent.dump_json(event) for event in log]


def told(log: list[Event], only: str | None = None) -> list[tuple[float, float | None, str | None, str]]:
    found = milestones(summary(PLAN, log), lines(log), only)
    return [(one.since, one.seconds, one.node, one.text) for one in found.told]


def test_who_waited_worked_and_decided_is_told_with_how_long_it_took() -> None:
    assert told(LOG) == [
        (0.0, None, None, "submitted from terminal (ann)"),
        (1.0, 2.0, "a", "waits: money is set aside"),
        (3.0, 2.0, "a", "attempt 1 timed_out: still running after 2s"),
        (6.0, None, "a", "a is tried again after it took too long"),
        (7.0, 2.0, "a", "attempt 2 passed"),
        (8.0, None, None, "paused from terminal (ann)"),
        (10.0, None, None, "the run is over: done"),
    ]
    assert [text for _, _, _, text in told(LOG, "a")] == [
        "waits: money is set aside",
        "attempt 1 timed_out: still running after 2s",
        "a is tried again after it took too long",
        "attempt 2 passed",
    ]


def test_what_stands_before_the_part_that_is_read_is_told_by_the_summary() -> None:
    found = milestones(summary(PLAN, LOG), lines(LOG[-1:]))

    assert [(one.text, one.seconds) for one in found.told] == [
        ("submitted", None),
        ("attempt 2 passed", 2.0),
        ("the run is over: done", None),
    ]


@given(LOGS, st.integers(0, 30))
def test_of_any_log_and_any_end_of_it_a_dozen_lines_are_told_in_order(log: list[Event], read: int) -> None:
    found = milestones(summary(PLAN, log), lines(log[read:]))

    times = [one.since for one in found.told]
    assert times == sorted(times)
    assert len(times) <= FIRST + LAST
    assert all(one.seconds is None or one.seconds >= 0 for one in found.told)
    if not found.left_out:
        begun = {(event.node, event.attempt) for event in log[read:] if isinstance(event, Started)}
        assert sum(one.text.startswith("attempt ") for one in found.told) >= len(begun)


def test_lines_of_any_spelling_are_told_and_what_is_no_event_is_an_error() -> None:
    spelled = json.dumps(json.loads(AnyEvent.dump_json(LOG[-1])), sort_keys=True).encode()
    other = json.dumps(json.loads(AnyEvent.dump_json(LOG[4])), sort_keys=True).encode()

    assert milestones(summary(PLAN, LOG), [other, spelled]) == milestones(summary(PLAN, LOG), lines(LOG[-1:]))
    for torn in (
        b"",
        b"7",
        b'{"seq":1,"at":"late","type":"started","node":"a","attempt":1}',
        lines(LOG[:1])[0][:-1],
    ):
        with pytest.raises(ValueError):
            milestones(summary(PLAN, LOG), [torn])


def test_the_kinds_that_are_told_are_kinds_of_events() -> None:
    every = {get_args(kind.model_fields["type"].annotation)[0].encode() for kind in get_args(Event)}

    assert every > KINDS
