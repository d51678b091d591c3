"""Promises of rules/forecast.py: an interval of what was seen, else unknown."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.forecast import ENOUGH, Kind, expected
from ccorch.schema.plan import Plan
from tests.plan_kit import node, plan

REVIEW = Kind("review", "scripted", "scripted-balanced")
AMOUNTS = st.lists(st.floats(0, 100, allow_nan=False), min_size=ENOUGH, max_size=30)


def dear(*names: str) -> Plan:
    """A plan of these nodes, without a limit."""
    made = plan(*(node(name) for name in names))
    return made.model_copy(update={"limits": made.limits.model_copy(update={"usd_per_run": None})})


@given(AMOUNTS, st.integers(1, 5))
def test_the_interval_lies_within_what_such_nodes_took_and_grows_with_their_number(
    took: list[float], count: int
) -> None:
    found = expected(dear(*"abcde"[:count]), {REVIEW: took})

    assert found is not None
    assert found.low_usd is not None
    assert found.high_usd is not None
    assert count * min(took) - 1e-5 <= found.low_usd <= found.high_usd <= count * max(took) + 1e-5
    assert found.samples == len(took)


@given(AMOUNTS)
def test_neither_the_order_nor_one_single_outlier_in_twenty_moves_it_far(took: list[float]) -> None:
    made = dear("a")

    assert expected(made, {REVIEW: took}) == expected(made, {REVIEW: took[::-1]})
    outlier = expected(made, {REVIEW: [*[1.0] * 19, 1e6]})
    assert outlier is not None
    assert (outlier.low_usd, outlier.high_usd) == (1.0, 1.0)


@given(AMOUNTS)
def test_a_limit_cuts_both_ends(took: list[float]) -> None:
    found = expected(plan(node("a"), node("b")), {REVIEW: took})

    assert found is not None
    assert found.low_usd is not None
    assert found.high_usd is not None
    assert found.low_usd <= found.high_usd <= 1.0


def test_too_few_of_one_kind_leave_the_whole_unknown_and_say_of_which() -> None:
    found = expected(dear("a"), {REVIEW: [1.0] * (ENOUGH - 1), Kind("test", "scripted", "m"): [1.0] * 9})

    assert found is not None
    assert (found.low_usd, found.high_usd, found.samples) == (None, None, ENOUGH - 1)
    assert found.unknown == ("review on scripted/scripted-balanced",)


def test_what_is_not_paid_with_money_is_not_expected_to_cost_any() -> None:
    assert expected(dear("a").model_copy(update={"worker": "simulated"}), {}) is None
