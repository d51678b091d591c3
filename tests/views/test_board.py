"""A run's picture: what is new, put together, is all that is known."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.schema.event import Ended, Event, Metered, Reopened, Started
from ccorch.views.board import MOST_POINTS, Bar, Curve, RunBoard, RunNews
from ccorch.views.cost import cost
from ccorch.views.summary import summary
from tests.plan_kit import node, plan
from tests.views.logs import LOGS, numbered

PLAN = plan(node("a"), node("b"), node("c"))


@given(LOGS, st.sets(st.integers(0, 30)))
def test_what_was_new_adds_up_to_all_that_is_known(log: list[Event], looks: set[int]) -> None:
    board = RunBoard(PLAN)
    told = [board.whole()]
    for event in log:
        board.apply(event)
        if event.seq in looks:
            told.append(board.news())
    told.append(board.news())
    whole = board.whole()

    assert _kept(told) == _kept([whole])
    assert whole.nodes == summary(PLAN, log).nodes
    assert whole.outline == told[-1].outline
    again = board.news()
    assert (again.nodes, again.bars, again.curves) == ((), (), ())


@given(LOGS)
def test_curves_end_where_the_bill_ends(log: list[Event]) -> None:
    rows = {row.name: row for row in cost(PLAN, log).by_model}

    curves = _drawn(log).curves
    assert {curve.model: curve.points[-1].usd for curve in curves} == {name: rows[name].usd for name in rows}
    assert all(list(curve.points) == sorted(curve.points, key=lambda point: point.at) for curve in curves)


def test_a_long_curve_keeps_its_ends_and_few_points() -> None:
    log: list[Event] = [
        Metered(node="a", attempt=1, model="m", input_tokens=1, output_tokens=1, usd=0.5, exact=True)
        for _ in range(5_000)
    ]

    (curve,) = _drawn(numbered(log)).curves
    assert len(curve.points) <= MOST_POINTS
    assert (curve.points[0].usd, curve.points[-1].usd, curve.points[-1].tokens) == (0.5, 2_500.0, 10_000)


def test_work_that_was_set_back_stays_to_be_seen_as_stale() -> None:
    log: list[Event] = [
        Started(node="a", attempt=1),
        Ended(node="a", attempt=1, passed=False, outcome="failed"),
        Reopened(nodes=("a", "b"), by="gate"),
        Started(node="a", attempt=2),
    ]

    old, new = _drawn(numbered(log)).bars
    assert old == Bar(node="a", attempt=1, start=101, end=102, outcome="failed", passed=False, stale=True)
    assert new == Bar(node="a", attempt=2, start=104)


def _drawn(log: list[Event]) -> RunNews:
    board = RunBoard(PLAN)
    for event in log:
        board.apply(event)
    return board.whole()


def _kept(told: list[RunNews]) -> tuple[object, ...]:
    """What a page holds that was told these."""
    nodes, bars, moments = {}, {}, {}
    curves: dict[str, Curve] = {}
    for news in told:
        nodes.update({one.id: one for one in news.nodes})
        bars.update({(bar.node, bar.attempt): bar for bar in news.bars})
        moments.update({moment.seq: moment for moment in news.moments})
        curves.update({curve.model: curve for curve in news.curves})
    return nodes, bars, curves, moments
