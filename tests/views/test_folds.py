"""Properties of all views: they agree with the rule of progress and with each other, at every point of a log."""

import time

from hypothesis import given

from ccorch.rules.progress import fold as progress
from ccorch.schema.event import Ended, Event, Started
from ccorch.schema.plan import Plan
from ccorch.views.cost import cost
from ccorch.views.summary import Fold, summary
from ccorch.views.timeline import timeline
from tests.plan_kit import node, plan
from tests.views.logs import LOGS, numbered

PLAN = plan(node("a", lane="x"), node("b", lane="y"), node("c", lane="x"))


@given(LOGS)
def test_nodes_stand_where_the_rule_of_progress_says(log: list[Event]) -> None:
    fold = Fold(PLAN)
    for event in log:
        fold.apply(event)
    state = progress(PLAN, log)

    for found in fold.summary().nodes:
        assert (found.status, found.attempt) == (state.nodes[found.id].status, state.nodes[found.id].attempt)
    assert fold.passed == sum(known.status == "passed" for known in state.nodes.values())
    assert fold.summary().stopping == state.stopping
    assert state.finished in (None, fold.status)


@given(LOGS)
def test_only_the_nodes_named_as_changed_change(log: list[Event]) -> None:
    fold = Fold(PLAN)
    for event in log:
        before = fold.summary().nodes
        changed = fold.apply(event)
        after = fold.summary().nodes
        assert {new.id for old, new in zip(before, after, strict=True) if old != new} <= set(changed)


@given(LOGS)
def test_money_and_tokens_are_the_same_in_every_view(log: list[Event]) -> None:
    whole, use = summary(PLAN, log), cost(PLAN, log)

    assert whole.usd == use.total.usd
    assert [row.usd for row in use.by_node] == [found.usd for found in whole.nodes]
    assert sum(row.requests for row in use.by_model) == use.total.requests


@given(LOGS)
def test_the_timeline_tells_every_event_once(log: list[Event]) -> None:
    assert sum(moment.times for moment in timeline(log, keep=100).moments) == len(log)
    short = timeline(log, keep=3)
    assert short.moments == timeline(log, keep=100).moments[-3:]


def test_an_ending_of_an_older_attempt_changes_nothing() -> None:
    log = numbered([Started(node="a", attempt=1), Started(node="a", attempt=2)])

    stale = numbered([*log, Ended(node="a", attempt=1, passed=True)])

    assert summary(PLAN, stale) == summary(PLAN, log)


def test_time_does_not_grow_with_nodes_times_events() -> None:
    small, large = _wide(500), _wide(4000)
    each = min(_seconds(small) for _ in range(3))

    # quadratic would be 64 times as long; whatever else the machine does makes one try longer, and seldom three
    assert any(_seconds(large) < each * 8 * 4 for _ in range(3))


def _wide(count: int) -> tuple[Plan, list[Event]]:
    names = [f"n{number}" for number in range(count)]
    begins: list[Event] = [Started(node=name, attempt=1) for name in names]
    ends: list[Event] = [Ended(node=name, attempt=1, passed=True) for name in names]
    return plan(*map(node, names)), numbered(begins + ends)


def _seconds(case: tuple[Plan, list[Event]]) -> float:
    start = time.process_time()
    summary(*case)
    cost(*case)
    return time.process_time() - start
