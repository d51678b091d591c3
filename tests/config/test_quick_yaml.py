"""Promises of quick reading: it says what careful reading says, or nothing."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ccorch.config import line_yaml
from ccorch.config.quick_yaml import NOT_PLAIN, read
from ccorch.config.reading import parse
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


WORDS = st.sampled_from(
    ["word", "two words", "12", "1e3", "yes", "", "a:b", "a #b", "a#b", "a: b", "ü", "\u2028", "- a"]
)
USUAL = st.dictionaries(
    st.sampled_from(["a", "b", "key_1", "no"]),
    st.recursive(
        WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "c"]), inner)
    ),
    min_size=1,
)
PUT_IN = st.tuples(
    st.integers(0, 60),
    st.sampled_from(
        [" ", "  ", "#", " # ", ":", ": ", "- ", "\n", "\n  ", "'", '"', "[", "]", "[]", ", ", "&", "|", "\t"]
    ),
)


@given(USUAL, st.lists(PUT_IN, max_size=2))
def test_line_by_line_they_agree(data: Any, put_in: list[tuple[int, str]]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    for place, piece in put_in:
        text = text[:place] + piece + text[place:]
    agree(text)


def test_a_usual_workflow_is_read_line_by_line() -> None:
    said = {
        "name": "many",
        "roles": ["review", "testing"],
        "nodes": [
            {"id": "a", "task": "Look: twice.", "fan_out": ["x", "y"], "max_turns": 3, "checks": True},
            {"id": "b", "kind": "gate", "needs": ["a"], "approval": {"question": "Go on?"}, "on_fail": None},
        ],
    }
    text = yaml.safe_dump(said, sort_keys=False)

    assert line_yaml.read(text, 1000) == said
    assert line_yaml.read(f"# said\n\n{text.replace('- id', '  - id')}", 10) is NOT_PLAIN


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
