"""Promises about how often nodes are tried."""

from math import prod

from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.graph import descendants
from ccorch.rules.retry import MOST_TIMES, done_again
from ccorch.schema.plan import PlanGate
from ccorch.schema.workflow import Reopen

NAMES = "abcdef"
GRAPHS = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(NAMES[:place]), max_size=3) for place, name in enumerate(NAMES) if place}
).map(lambda found: {"a": [], **found})
GATES = st.lists(st.tuples(st.sampled_from(NAMES), st.none() | st.integers(1, 3)), max_size=5)


@given(GRAPHS, GATES)
def test_every_gate_multiplies_what_it_has_done_again_and_all_after_it(
    needs: dict[str, list[str]], asked: list[tuple[str, int | None]]
) -> None:
    gates = [
        PlanGate(id=f"gate{place}", on_fail=Reopen(reopen=name, max=most) if most else None)
        for place, (name, most) in enumerate(asked)
    ]

    found = done_again(needs, gates)

    for node in needs:
        before = {other for other in needs if node == other or node in descendants(needs, other)}
        assert found.get(node, 1) == prod(1 + most for name, most in asked if most and name in before)


def test_many_gates_in_a_row_are_counted_without_a_walk_for_each() -> None:
    names = [f"n{number}" for number in range(4_000)]
    needs = {name: names[place - 1 : place] if place else [] for place, name in enumerate(names)}
    gates = [PlanGate(id=f"g-{name}", on_fail=Reopen(reopen=name, max=1)) for name in names[:400]]

    found = done_again(needs, gates)

    assert (found["n0"], found["n9"], found["n3999"]) == (2, 2**10, MOST_TIMES)
