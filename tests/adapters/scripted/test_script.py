"""Promises of scripts as authored."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.adapters.scripted import load, parse
from ccorch.adapters.scripted.play import Cast
from ccorch.adapters.scripted.script import Turn
from ccorch.errors import ConfigInvalid

SCRIPTS = Path(__file__).parents[3] / "conf" / "scripts"
OURS = ("hello", "review", "errors", "endless", "tool_loop")


@pytest.mark.parametrize("name", OURS)
def test_every_bundled_script_is_valid_and_begins_with_its_summary(name: str) -> None:
    path = SCRIPTS / f"{name}.yaml"

    assert load(path).default
    assert path.read_text().startswith("# ")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("default: [{txet: hi}]", "s.yaml: default.0.txet: Extra inputs"),
        ("defualt: []", "s.yaml: defualt: Extra inputs"),
        ("default: [{text: 5}]", "s.yaml: default.0.text"),
        ("roles: {review: [{tools: [{nmae: Read}]}]}", "s.yaml: roles.review.0.tools.0.name: Field required"),
        ("default: [{pace: 1}]", "s.yaml: default.0: Value error, a turn needs one of"),
        ("default: [{error: {status: 418}}]", "s.yaml: default.0.error.status"),
        ("default: [", "s.yaml is not YAML"),
        ("- 1", "s.yaml: top level"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(text: str, complaint: str) -> None:
    with pytest.raises(ConfigInvalid) as raised:
        parse(text, "s.yaml")

    assert complaint in raised.value.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"missing\.yaml"):
        load(tmp_path / "missing.yaml")


def test_variables_are_filled_in_wherever_text_stands() -> None:
    script = parse(
        "default: [{text: 'in {{cwd}}', tools: [{name: Read, input: {file_path: '{{cwd}}/a', n: 1}}]}]", "s"
    ).with_variables({"cwd": "/p"})

    assert script.default[0].text == "in /p"
    assert script.default[0].tools[0].input == {"file_path": "/p/a", "n": 1}


def turns(text: str) -> Cast:
    return Cast(parse(text, "s").default)


def test_the_turn_follows_from_the_position_alone() -> None:
    cast = turns("default: [{text: a}, {text: b}, {tools: [{name: X}]}]")

    assert [cast.turn(position).text for position in (1, 0, 1, 0, 3, 9)] == ["b", "a", "b", "a", "done", "done"]
    assert cast.turn(2).tools[0].name == "X"


def test_the_last_words_and_a_repeated_turn_are_played_again() -> None:
    assert turns("default: [{text: a}, {text: b}]").turn(7).text == "b"
    assert turns("default: [{tools: [{name: X}], repeat: true}]").turn(7).tools[0].name == "X"


def test_an_error_stands_before_its_turn_as_often_as_it_says() -> None:
    cast = turns("default: [{text: a}, {error: {status: 429, times: 2}}, {text: b}, {error: {status: 500}}]")
    played = [cast.turn(position) for position in (0, 1, 1, 1, 1, 2, 2)]

    assert [turn.error.status if turn.error else turn.text for turn in played] == [
        "a",
        429,
        429,
        "b",
        "b",
        500,
        500,
    ]


def test_a_dropped_turn_is_played_whole_once_its_times_are_up() -> None:
    cast = turns("default: [{text: a, drop: mid_text, times: 1}, {malformed: html, times: 1}]")

    assert [cast.turn(position).drop for position in (0, 0)] == ["mid_text", None]
    assert [cast.turn(1).malformed, cast.turn(1).text] == ["html", "done"]


@given(st.lists(st.sampled_from(["text", "error", "tools"]), min_size=1, max_size=6), st.integers(0, 10))
def test_every_position_of_every_script_has_a_turn(kinds: list[str], position: int) -> None:
    known = {
        "text": Turn(text="t"),
        "error": Turn.model_validate({"error": {"status": 500, "times": 1}}),
        "tools": Turn.model_validate({"tools": [{"name": "X"}]}),
    }
    cast = Cast([known[kind] for kind in kinds])
    played = [cast.turn(position) for _ in range(len(kinds) + 1)]

    assert played[-1].has_content


def test_the_script_in_the_docs_is_valid() -> None:
    page = (Path(__file__).parents[3] / "docs" / "design" / "scripted.md").read_text()
    block = page.split("```yaml\n")[1].split("```")[0]

    assert parse(block, "scripted.md").roles["review"][1].structured
