"""Promises of quick reading: it says what careful reading says, or nothing."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ccorch.config.document import parse
from ccorch.config.quick_yaml import NOT_PLAIN, read
from ccorch.errors import ConfigInvalid

SCALARS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["yes", "no", "null", "~", "1e5", "0x1f", "1_000", "2020-01-01", "<<", "=", ".inf", "12:30", ""]
    ),
    st.integers(),
    st.booleans(),
    st.none(),
)
DATA = st.dictionaries(
    st.text(max_size=4),
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)),
    max_size=4,
)


@given(DATA, st.sampled_from([None, True, False]))
def test_it_reads_what_careful_reading_reads(data: Any, flow: bool | None) -> None:
    agree(yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True))


@given(
    st.lists(
        st.sampled_from(
            [
                "a: ",
                "b",
                "- ",
                "\n",
                "  ",
                "1",
                "yes",
                "{",
                "}",
                "[",
                "]",
                ",",
                ": ",
                "&x ",
                "*x",
                "'",
                '"',
                "<<: ",
                "!!int ",
                "---\n",
                "~",
                "#",
                "|\n",
                "? ",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_on_whatever_is_written_they_agree(text: str) -> None:
    agree(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x\n",
        "a: 1\na: 2\n",
        "1: a\n",
        "[a]: b\n",
        "a: !!str 1\n",
        "a: .nan\n",
        "- a\n",
        "a: 1\n---\nb: 1\n",
        "a: [" + "[" * 50 + "]" * 50 + "]\n",
        "a: [" + "x," * 100 + "]\n",
        "a: [\n",
        "",
    ],
)
def test_whatever_is_not_plain_is_left_to_careful_reading(text: str) -> None:
    assert read(text, 90) is NOT_PLAIN


def agree(text: str) -> None:
    quick = read(text, 1000)
    if quick is not NOT_PLAIN:
        try:
            assert repr(quick) == repr(parse(text, "x", 1000).data)
        except ConfigInvalid as refused:
            raise AssertionError(f"only careful reading refuses {text!r}") from refused
