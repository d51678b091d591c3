"""Promises of `decide` and `evolve`."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.progress import begin, decide, evolve, fold
from ccorch.schema.event import Ended, Event, Finished, Reopened, Skipped, Started, StopAsked
from ccorch.schema.plan import Plan
from ccorch.schema.run import RunState
from tests.plan_kit import node, plan

DIAMOND = plan(node("a"), node("b", "a"), node("c", "a"), node("d", "b", "c"))


@st.composite
def dags(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(1, 8))
    names = [f"n{i}" for i in range(count)]
    nodes = [node(name, *draw(st.sets(st.sampled_from(names[:i]))) if i else ()) for i, name in enumerate(names)]
    return plan(*draw(st.permutations(nodes)), max_concurrent=draw(st.integers(1, 4)))


def started_ids(due: object) -> list[str]:
    return [found.id for found in due] if isinstance(due, tuple) else []


def test_first_the_nodes_without_needs_start() -> None:
    assert started_ids(decide(DIAMOND, begin(DIAMOND))) == ["a"]


def test_a_passed_need_frees_its_dependents() -> None:
    state = fold(DIAMOND, [Started(node="a", attempt=1), Ended(node="a", attempt=1, passed=True)])

    assert started_ids(decide(DIAMOND, state)) == ["b", "c"]


def test_a_failed_need_skips_its_dependents_one_by_one() -> None:
    state = fold(
        DIAMOND, [Started(node="a", attempt=1), Ended(node="a", attempt=1, passed=False, outcome="failed")]
    )

    assert decide(DIAMOND, state) == Skipped(node="b", reason="a was failed")


def test_no_more_start_than_the_run_has_slots() -> None:
    wide = plan(*(node(f"n{i}") for i in range(5)), max_concurrent=2)
    state = evolve(begin(wide), Started(node="n0", attempt=1))

    assert started_ids(decide(wide, state)) == ["n1"]


def test_a_stale_ending_changes_nothing() -> None:
    events = [Started(node="a", attempt=1), Reopened(nodes=("a",), by="g"), Started(node="a", attempt=2)]
    state = fold(DIAMOND, events)

    assert state == evolve(state, Ended(node="a", attempt=1, passed=True))


def test_a_run_that_was_asked_to_stop_starts_nothing_and_ends_cancelled() -> None:
    single = plan(node("a"), node("b"))
    state = fold(single, [Started(node="a", attempt=1), StopAsked(by="terminal")])
    assert decide(single, state) == Skipped(node="b", reason="the run was stopped")

    state = evolve(state, Skipped(node="b", reason="the run was stopped"))
    assert decide(single, state) == ()

    state = evolve(state, Ended(node="a", attempt=1, passed=False, outcome="stopped"))
    assert decide(single, state) == Finished(status="cancelled")


def test_a_run_whose_only_failures_are_timeouts_ends_timed_out() -> None:
    single = plan(node("a"))
    state = fold(
        single, [Started(node="a", attempt=1), Ended(node="a", attempt=1, passed=False, outcome="timed_out")]
    )

    assert decide(single, state) == Finished(status="timed_out")


@given(dags(), st.data())
def test_every_run_comes_to_an_end_within_its_slots_and_after_its_needs(dag: Plan, data: st.DataObject) -> None:
    state: RunState = begin(dag)
    log: list[Event] = []
    at_work: list[str] = []
    for _ in range(10 * len(dag.nodes) + 10):
        due = decide(dag, state)
        if isinstance(due, tuple):
            if not due and not at_work:
                break
            for starting in due:
                assert all(state.nodes[need].status == "passed" for need in starting.needs)
                log.append(Started(node=starting.id, attempt=1))
                state = evolve(state, log[-1])
                at_work.append(starting.id)
            assert len(at_work) <= dag.limits.max_concurrent
            if at_work:
                ended = at_work.pop(data.draw(st.integers(0, len(at_work) - 1)))
                passed = data.draw(st.booleans())
                log.append(Ended(node=ended, attempt=1, passed=passed, outcome="done" if passed else "failed"))
                state = evolve(state, log[-1])
        else:
            log.append(due)
            state = evolve(state, due)

    assert state.finished is not None
    assert fold(dag, log) == state
