"""Promises of money: a subscription's is neither nothing nor unknown, and sums do not depend on the grouping."""

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.amounts import paid
from ccorch.schema.event import Metered
from ccorch.views.cost import cost
from ccorch.views.summary import summary
from ccorch.views.timeline import words
from tests.plan_kit import node, plan

PLAN = plan(node("a", lane="x"), node("b", lane="y"))
NODES = st.sampled_from(["a", "b"])
PAID = st.integers(0, 64).map(lambda part: part / 64) | st.none()


def metered(name: str, usd: float | None, is_plan: bool = False) -> Metered:
    about = {"node": name, "attempt": 1, "model": "m", "input_tokens": 1, "output_tokens": 1, "exact": True}
    return Metered(**about, usd=None if is_plan else usd, plan=is_plan)  # type: ignore[arg-type]


LOGS = st.lists(st.builds(metered, NODES, PAID, st.booleans()), max_size=8)


@given(LOGS)
def test_the_sum_is_that_of_what_is_paid_and_says_how_much_is_not(log: list[Metered]) -> None:
    found, bills = summary(PLAN, log), [event.usd for event in log if not event.plan]

    covered = len(bills) < len(log)
    assert found.plan == (None if not covered else "part" if bills else "all")
    known = [usd for usd in bills if usd is not None]
    assert found.usd == (None if len(known) < len(bills) or found.plan == "all" else sum(known))


@given(LOGS)
def test_every_view_tells_the_same(log: list[Metered]) -> None:
    whole, use = summary(PLAN, log), cost(PLAN, log)

    assert (whole.usd, whole.plan) == (use.total.usd, use.total.plan)
    for node_, row in zip(whole.nodes, use.by_node, strict=True):
        assert (node_.usd, node_.plan) == (row.usd, row.plan)


def test_a_person_reads_plan_and_never_nothing_or_unknown() -> None:
    assert [paid(None, "all"), paid(0.25, "part"), paid(None, "part"), paid(None, None), paid(0.0, None)] == [
        "plan",
        "$0.25 + plan",
        "unknown + plan",
        "unknown",
        "$0",
    ]
    assert words(metered("a", None, is_plan=True)).endswith("plan")
