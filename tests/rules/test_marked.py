"""A marked section is replaced and nothing beside it; markers that are no pair are told by their line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.marked import BEGIN, END, Broken, rendered, replaced, section

AROUND = st.text("a\n\r \\U{}#<é", max_size=30).filter(lambda text: "\r" not in text.replace("\r\n", ""))
BODY = st.text("b\n \\U\\1é智", min_size=1, max_size=30)


@given(AROUND, BODY, BODY, AROUND)
def test_only_the_section_changes_and_twice_is_once(before: str, first: str, second: str, after: str) -> None:
    head = before if not before or before.endswith("\n") else f"{before}\n"
    text = head + rendered(first) + after
    found = section(text)
    assert found is not None
    assert found.is_ours

    changed = replaced(text, found, second)

    assert changed.startswith(head)
    assert changed.endswith(after)
    assert replaced(changed, section(changed), second) == changed
    assert "\\U" not in second or "\\U" in changed


@given(AROUND, BODY)
def test_an_added_section_comes_after_everything_that_was_there(before: str, body: str) -> None:
    added = replaced(before, None, body)

    assert added.startswith(before)
    found = section(added)
    assert found is not None
    assert found.is_ours
    assert "\n" not in added[len(before) :].replace("\r\n", "") or "\r\n" not in before


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"x\n{BEGIN} sha256=0123456789ab -->\nbody\n", 2),
        (f"x\ny\n{END} -->\n", 3),
        (f"{rendered('a')}{rendered('b')}", 4),
        (f"{BEGIN} sha256=0123456789ab -->\n{BEGIN} sha256=0123456789ab -->\n{END} -->\n", 2),
        (f"\n{BEGIN} sha256=xyz -->\n{END} -->\n", 2),
        (f"{BEGIN} sha256=0123456789ab -->\n{END} of it -->\n", 2),
    ],
)
def test_broken_markers_are_told_by_their_line(text: str, line: int) -> None:
    with pytest.raises(Broken) as told:
        section(text)
    assert told.value.line == line


def test_an_edited_section_is_known() -> None:
    found = section(rendered("words").replace("words", "other words"))

    assert found is not None
    assert not found.is_ours
