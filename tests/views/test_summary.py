"""Promises of the summary: counted once, unknown stays unknown."""

from ccorch.schema.event import Ended, Event, Finished, Metered, ModelServed, Started, Submitted, ToolCalled
from ccorch.views.cost import cost
from ccorch.views.summary import Fold, summary
from tests.plan_kit import HASH, node, plan

PLAN = plan(node("a"), node("b", "a"))


def metered(usd: float | None, tokens: int | None = 10, exact: bool = True) -> Metered:
    return Metered(node="a", attempt=1, model="m", input_tokens=tokens, output_tokens=tokens, usd=usd, exact=exact)


LOG: list[Event] = [
    Submitted(run="0123456789abcdef", plan=HASH, by="terminal", at=1.0),
    Started(node="a", attempt=1, at=2.0),
    ModelServed(node="a", attempt=1, line=3, model="m"),
    ToolCalled(node="a", attempt=1, line=4, tool="Grep", target="x"),
    ToolCalled(node="a", attempt=1, line=5, tool="Grep", target="y"),
    metered(0.25),
    metered(0.5),
    Ended(node="a", attempt=1, passed=True, at=9.0),
]


def test_tools_tokens_and_money_are_counted() -> None:
    first = summary(PLAN, LOG).nodes[0]

    assert (first.tools, first.input_tokens, first.usd, first.served) == ({"Grep": 2}, 20, 0.75, ("m",))


def test_one_unknown_part_makes_the_sum_unknown() -> None:
    found = summary(PLAN, [*LOG, metered(None, None)])

    assert (found.usd, found.nodes[0].input_tokens) == (None, None)
    assert cost(PLAN, [*LOG, metered(None, None)]).total.usd is None


def test_a_fold_looked_at_on_the_way_ends_like_a_fold_at_once() -> None:
    fold = Fold(PLAN)
    for event in (*LOG, Finished(status="done", at=10.0)):
        fold.apply(event)
        fold.summary()

    assert fold.summary() == summary(PLAN, [*LOG, Finished(status="done", at=10.0)])


def test_cost_tells_estimates_apart() -> None:
    view = cost(PLAN, [*LOG, metered(0.5, exact=False)])

    assert (view.total.requests, view.total.estimated, view.by_model[0].usd) == (3, 1, 1.25)
