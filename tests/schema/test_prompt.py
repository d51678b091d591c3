"""Placeholders are strict: each is declared, each is used, and values are never read as templates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ccorch.plan.prompts import system_prompt
from ccorch.schema.prompt import Prompt
from ccorch.schema.role import Role

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(NAMES, WORDS, max_size=5), st.text("ab {}\n", max_size=9).filter(lambda t: "{{" not in t))
def test_values_come_in_as_they_are(values: dict[str, str], between: str) -> None:
    if "}}" in between or between.startswith("}") or between.endswith("{"):
        return
    text = between.join(f"<{{{{{name}}}}}>" for name in values)

    prompt = Prompt(name="x", summary="x", values=dict(values), text=text)

    assert prompt.words == between.join(f"<{value}>" for value in values.values()).strip()


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("a {{b}}", {}, "has no value"),
        ("a", {"b": "c"}, "has no placeholder"),
        ("a {{b}} {{B}}", {"b": "c"}, "is no placeholder"),
        ("a {{b}", {"b": "c"}, "has no placeholder"),
        ("a }} {{b}}", {"b": "c"}, "is no placeholder"),
    ],
)
def test_what_is_not_a_declared_placeholder_is_refused(text: str, values: dict[str, str | None], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Prompt(name="x", summary="x", values=values, text=text)


def test_what_nobody_said_is_missing_and_without_a_prompt_nothing_changes() -> None:
    role = Role(name="r", summary="s", prompt="Work.")

    assert Prompt(name="x", summary="x", values={"a": None, "b": ""}, text="{{a}}{{b}}").missing == ("a",)
    assert system_prompt(role, False, procedure="Go.") == system_prompt(role, False).replace(
        "Work.", "Work.\n\nGo."
    )
