"""Paths that Claude Code refuses to read, as it was seen to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.unread import unread_part


@pytest.mark.parametrize(
    ("folder", "part"),
    [
        ("/home/me/x ", "x "),
        ("/home/me/x./p", "x."),
        ("/home/.../p", "..."),
        ("/home/GIT~1/p", "GIT~1"),
        ("/home/a~2b/p", "a~2b"),
        ("/home/x \\y/p", "x "),
        ("/home/é \\U", "é "),
    ],
)
def test_what_windows_would_read_as_another_folder_is_named(folder: str, part: str) -> None:
    assert unread_part(folder) == part


@pytest.mark.parametrize(
    "name", ["a b", "a\\Ub", "x\\ y", "x...y", "x.y", ".x", "con", "nul.txt", "~a", "a~", "a~b1", "智谱"]
)
def test_other_odd_names_are_read(name: str) -> None:
    assert unread_part(f"/home/{name}/p") is None


@given(st.lists(st.text("ab ~1.\\", min_size=1, max_size=5), max_size=4))
def test_what_is_below_a_folder_that_is_not_read_is_not_read_either(names: list[str]) -> None:
    path = "/".join(["", *names])
    above = unread_part(path)

    below = unread_part(f"{path}/x")

    assert above is None or below == above
