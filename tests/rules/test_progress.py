"""Promises of `decide` and `evolve`."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.errors import RunCorrupt
from ccorch.rules.progress import begin, decide, evolve, fold, ready, running, verdict
from ccorch.schema.event import Ended, Event, Finished, Reopened, Skipped, Started, StopAsked
from ccorch.schema.plan import Plan
from ccorch.schema.run_state import RunState
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


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Started, node=st.sampled_from("abcd"), attempt=st.integers(1, 3)),
    st.builds(
        Ended,
        node=st.sampled_from("abcd"),
        attempt=st.integers(1, 3),
        passed=st.booleans(),
        outcome=st.sampled_from(["done", "timed_out"]),
    ),
    st.builds(Skipped, node=st.sampled_from("abcd"), reason=st.just("why")),
    st.builds(Reopened, nodes=st.lists(st.sampled_from("abcd"), unique=True).map(tuple), by=st.just("g")),
    st.builds(StopAsked, by=st.just("terminal")),
    st.builds(Finished, status=st.sampled_from(["done", "failed"])),
)


@given(st.lists(EVENTS, max_size=30))
def test_what_is_kept_of_a_state_is_what_its_nodes_say(log: list[Event]) -> None:
    state = fold(DIAMOND, log)
    status = {name: node.status for name, node in state.nodes.items()}
    late = [node.outcome == "timed_out" for node in state.nodes.values() if node.status == "failed"]

    free = [
        node.id
        for node in DIAMOND.nodes
        if status[node.id] == "waiting" and all(status[need] == "passed" for need in node.needs)
    ]
    assert started_ids(ready(DIAMOND, state)) == free
    assert running(state) == list(status.values()).count("running")
    assert (verdict(state) == "done") == (set(status.values()) == {"passed"})
    if verdict(state) != "done" and not state.stopping:
        assert (verdict(state) == "timed_out") == (bool(late) and all(late))


@given(st.lists(EVENTS, max_size=30))
def test_older_states_stay_as_they_were(log: list[Event]) -> None:
    states, told = [begin(DIAMOND)], [dict(begin(DIAMOND).nodes)]
    for event in log:
        states.append(evolve(states[-1], event))
        told.append(dict(states[-1].nodes))

    assert [dict(state.nodes) for state in states] == told
    assert states == [fold(DIAMOND, log[:count]) for count in range(len(log) + 1)]


@pytest.mark.parametrize(
    "event",
    [
        Started(node="x", attempt=1),
        Ended(node="x", attempt=1, passed=True),
        Skipped(node="x", reason="why"),
        Reopened(nodes=("a", "x"), by="g"),
    ],
    ids=lambda event: event.type,
)
def test_progress_of_a_node_that_the_plan_does_not_have_is_corrupt(event: Event) -> None:
    with pytest.raises(RunCorrupt, match="'x', which the plan does not have"):
        fold(DIAMOND, [event])


def test_a_plan_whose_nodes_are_no_graph_is_corrupt() -> None:
    with pytest.raises(RunCorrupt, match="needs 'x'"):
        begin(plan(node("a", "x")))
    with pytest.raises(RunCorrupt, match="same name"):
        begin(plan(node("a"), node("a")))


def chain(count: int) -> Plan:
    return plan(*(node(f"n{i}", *([f"n{i - 1}"] if i else [])) for i in range(count)))


def layers(width: int) -> Plan:
    """Ten layers; every node needs the whole layer before."""
    return plan(
        *(
            node(f"l{layer}-{i}", *([f"l{layer - 1}-{j}" for j in range(width)] if layer else []))
            for layer in range(10)
            for i in range(width)
        )
    )


def stars(count: int) -> Plan:
    return plan(*(node(f"n{i}") for i in range(count)))


@pytest.mark.parametrize(
    ("shape", "small", "large", "growth"),
    # from 10 layers x 10 to 10 x 40, nodes grow fourfold and needs sixteenfold
    [(chain, 500, 10_000, 20), (stars, 500, 10_000, 20), (layers, 10, 40, 16)],
    ids=["chain", "wide", "layers"],
)
@pytest.mark.parametrize("passed", [True, False], ids=["passing", "failing"])
def test_driving_a_plan_costs_what_its_nodes_and_needs_are(
    shape: Callable[[int], Plan], small: int, large: int, growth: int, passed: bool
) -> None:
    one, other = shape(small), shape(large)

    assert calls(lambda: driven(other, passed)) < 1.3 * growth * calls(lambda: driven(one, passed))


def driven(dag: Plan, passed: bool) -> RunState:
    """The plan driven to its end, one worker at a time."""
    state = begin(dag)
    while not state.finished:
        due = decide(dag, state)
        if not isinstance(due, tuple):
            state = evolve(state, due)
            continue
        for starting in due[:1]:
            state = evolve(state, Started(node=starting.id, attempt=1))
            state = evolve(state, Ended(node=starting.id, attempt=1, passed=passed))
    return state


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, which no load of the machine changes."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
