"""Promises of rules/capabilities.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.capabilities import SIGNS, to_switch_off

OFF = st.lists(st.sampled_from(sorted(SIGNS)), unique=True).map(tuple)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("400 output_config: Extra inputs are not permitted", ("effort",)),
        ("400 thinking.type: Input should be 'enabled' or 'disabled'", ("adaptive_thinking",)),
        ("422 Unknown field: context_management", ("context_management",)),
        ("400 messages.1.role: Input should be 'user' or 'assistant'", ("mid_conv_system",)),
        ("400 unknown: Effort and THINKING", ("effort", "adaptive_thinking")),
        ("400 bad request", tuple(SIGNS)),
    ],
)
def test_a_refusal_names_what_is_switched_off_and_a_vague_one_means_all(said: str, named: tuple[str, ...]) -> None:
    assert to_switch_off(said) == named


@pytest.mark.parametrize("said", ["", "401 effort", "529 overloaded: thinking", "the provider answered 400"])
def test_only_malformed_requests_switch_anything_off(said: str) -> None:
    assert to_switch_off(said) == ()


@given(st.text(max_size=60), OFF)
def test_what_is_off_is_never_switched_off_again_and_it_comes_to_an_end(said: str, off: tuple[str, ...]) -> None:
    for _ in range(len(SIGNS) + 1):
        more = to_switch_off(f"400 {said}", off)
        assert not set(more) & set(off)
        off = (*off, *more)

    assert to_switch_off(f"400 {said}", off) == ()
