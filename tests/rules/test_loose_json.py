"""JSON with comments and commas after the last item."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.loose_json import read_loose

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_strict_json_means_what_it_always_means(value: object) -> None:
    assert read_loose(json.dumps(value)) == value
    assert read_loose(json.dumps(value, ensure_ascii=False, indent=1)) == value


def test_comments_and_last_commas_are_left_out_but_not_in_texts() -> None:
    text = '{"a": [1, 2, /* three, */ ], // ,]\n "u": "http://x,]//y/*z*/", "q": "\\",}//", }\n// end'

    assert read_loose(text) == {"a": [1, 2], "u": "http://x,]//y/*z*/", "q": '",}//'}


@pytest.mark.parametrize("text", ["", "{", "{a: 1}", '"sk-secret', "/* open", "[1,,2]"])
def test_what_is_broken_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ValueError, match="not valid JSON") as raised:
        read_loose(text)
    assert "sk-secret" not in str(raised.value)
