"""Promises of spelling many values at once: not a byte differs from spelling each."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccorch.schema.base import canonical, fingerprint, fingerprint_of
from ccorch.schema.plan import PlanNode
from tests.plan_kit import ROLE, node, plan

WORDS = st.text(max_size=8) | st.sampled_from(["%", "%s", "%%d", '"', "\\", "\x00", "é", "🙂", "{}"])
NODES = st.fixed_dictionaries(
    {},
    optional={
        "task": WORDS,
        "system_prompt": WORDS,
        "lane": st.none() | WORDS,
        "fan_out": WORDS,
        "after": st.lists(st.sampled_from(["a", "b"]), max_size=2).map(tuple),
        "simulate": st.just(("pass", "lost")),
        "role": st.just(ROLE.model_copy(update={"summary": "100 %s"})),
        "timeout_seconds": st.integers(1, 10**6),
        "most_attempts": st.integers(1, 400),
        "worst_usd": st.none() | st.floats(0, 1e6),
        "usd": st.none() | st.floats(0.1, 100),
        "tokens": st.none() | st.integers(1, 10**9),
        "writes": st.booleans(),
    },
)


@given(st.lists(NODES, max_size=6))
def test_a_plan_is_spelled_as_one(nodes: list[dict[str, Any]]) -> None:
    made = plan(*(_made(f"n{place}", facts) for place, facts in enumerate(nodes)))

    assert made.spelled == canonical(made.model_dump(mode="json"))


@given(st.lists(WORDS), st.data())
def test_a_list_has_the_fingerprint_of_a_list(words: list[str], data: st.DataObject) -> None:
    repeated = data.draw(st.lists(st.sampled_from(words))) if words else []

    assert fingerprint_of(repeated, str) == fingerprint(repeated)


def _made(id: str, facts: dict[str, Any]) -> PlanNode:
    return node(id, "a", **facts)
