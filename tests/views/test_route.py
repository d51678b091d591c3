"""A node's route in a word: what answered, and what was to answer where that is another one."""

import pytest

from ccorch.schema.summary import NodeSummary


@pytest.mark.parametrize(
    ("served", "told"),
    [
        ((), "strong"),
        (("strong",), "strong"),
        (("cheap", "strong"), "cheap, strong"),
        (("other",), "strong → other"),
        (("strong", "other"), "strong → strong, other"),
    ],
)
def test_an_arrow_stands_where_another_model_answered_in_the_end(served: tuple[str, ...], told: str) -> None:
    assert NodeSummary.model_construct(model="strong", served=served).route == told
