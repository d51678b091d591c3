"""Marks of long lists: each leads back to its place, and whatever is none is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.errors import ArgumentInvalid
from ccorch.rules.paging import after, mark

PLACES = st.tuples(st.floats(allow_nan=False), st.text(max_size=40)).map(list)
QUESTION = ["label", None]


@given(PLACES)
def test_a_mark_leads_back_to_its_place(place: list[object]) -> None:
    assert after(mark(place, QUESTION), QUESTION, [0.0, ""]) == place


@given(PLACES)
def test_a_mark_of_another_question_is_refused(place: list[object]) -> None:
    with pytest.raises(ArgumentInvalid, match="does not belong to this question"):
        after(mark(place, ["other", None]), QUESTION, [0.0, ""])


@given(st.text(max_size=60) | st.binary(max_size=1_500).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_what_is_no_mark_is_refused_whatever_it_is(said: str) -> None:
    with pytest.raises(ArgumentInvalid, match="does not belong to this question"):
        after(said, QUESTION, [0.0, ""])


def test_a_mark_nested_without_end_is_refused() -> None:
    said = base64.urlsafe_b64encode(b"[" * 1_400).decode()

    with pytest.raises(ArgumentInvalid, match="does not belong to this question"):
        after(said, QUESTION, [0.0, ""])
