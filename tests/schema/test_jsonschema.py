"""The generated schemas describe what the models take, and the files on disk are up to date."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from referencing import Registry, Resource

from ccorch.config.authoring import MODELS, authored_schema, drift, main, schema_files, write
from ccorch.config.compose import ComposeRequest, compose
from ccorch.config.interpolation import get
from ccorch.config.layers import packaged_folder
from ccorch.schema.config import RunConfig
from ccorch.schema.jsonschema import authoring, resolved
from ccorch.schema.role import Role

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**9,
    0.5,
    7,
    "",
    "x",
    "not a Name!",
    "???",
    [],
    ["x"],
    {},
    {"x": 1},
    "fast",
    "read",
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def mutated(data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The same with one thing changed; that exactly one way to a credential is named, only the model can say."""
    changed = copy.deepcopy(data)
    path = chance.choice([place for place in places(changed)[1:] if "auth" not in place[:-1]])
    holder = get(changed, path[:-1])
    match chance.randint(0, 2):
        case 0:
            holder[path[-1]] = chance.choice(ODD)
        case 1 if isinstance(holder, dict):
            del holder[path[-1]]
        case _ if isinstance(holder, dict):
            holder["unknown_key"] = chance.choice(ODD)
        case _:
            holder[path[-1]] = chance.choice(ODD)
    return changed


def accepted(data: dict[str, Any]) -> bool:
    try:
        RunConfig.model_validate(data)
    except ValidationError:
        return False
    return True


def test_models_and_schema_agree_on_mutated_configs(tmp_path: Path) -> None:
    request = ComposeRequest(tmp_path, ("workflow=review_team",), user_dir=tmp_path / "none", task="t")
    data = compose(request).data
    data["profiles"]["native"] = {"n": {"base_url": "https://a.b", "auth": {"env": "K"}, "models": {"fast": "m"}}}
    validator = Draft202012Validator(resolved(RunConfig))
    chance = random.Random(7)
    verdicts = set()
    for _ in range(400):
        changed = mutated(data, chance)
        is_accepted = accepted(changed)
        assert is_accepted == validator.is_valid(changed), changed
        verdicts.add(is_accepted)

    assert verdicts == {True, False}


def test_each_property_is_described_and_no_title_is_left() -> None:
    schema = resolved(RunConfig)

    for part in (schema, *schema["$defs"].values()):
        assert "title" not in part
        for name, inner in part["properties"].items():
            assert inner.get("description"), name
            assert "title" not in inner


def test_an_authored_file_may_be_partial_but_not_wrong() -> None:
    validator = Draft202012Validator(authoring(Role))

    fine: list[dict[str, Any]] = [
        {},
        {"defaults": ["/builtin/role/review", {"role": "x"}, "_self_"]},
        {"tier": "${a.b}", "max_turns": "???"},
        {"tools": ["Read", "${x.y}"], "commands": "${x.commands}", "timeout_seconds": None},
    ]
    wrong: list[dict[str, Any]] = [
        {"tier": "huge"}, {"max_turns": 0}, {"toolz": []}, {"defaults": {}}, {"tools": ["Rm"]}, {"name": 1},
    ]  # fmt: skip

    assert [case for case in fine if not validator.is_valid(case)] == []
    assert [case for case in wrong if validator.is_valid(case)] == []


def test_every_schema_is_a_schema() -> None:
    for text in schema_files().values():
        Draft202012Validator.check_schema(json.loads(text))


def test_the_generated_files_are_up_to_date() -> None:
    assert drift(Path(packaged_folder("schemas"))) == []
    assert main(["--check"]) == 0


def test_schemas_that_name_each_other_say_what_the_whole_one_says() -> None:
    folder = Path(packaged_folder("schemas")) / "authoring"
    files = {path.name: json.loads(path.read_bytes()) for path in folder.iterdir()}
    known = Registry().with_resources([(name, Resource.from_contents(content)) for name, content in files.items()])
    whole = Draft202012Validator(authored_schema("config"))
    split = [
        Draft202012Validator(files[f"{name}.schema.json"], registry=known) for name in ("config", "experiment")
    ]
    groups = {group: value for group, value in authored_schema("config")["properties"].items() if group in MODELS}
    asked: list[dict[str, Any]] = [
        {"defaults": ["_self_"], "label": "x"},
        {"policy": {"max_turns": 3, "worktree": {"seconds": 5}}, "role": "???"},
        {"policy": {"max_turns": "many"}},
        {"workflow": {"roles": {"a": {"summary": 5}}}},
        {"engine": "${oc.env:X}"},
        {"label": 5},
        *({group: odd} for group in groups for odd in (*ODD, {"defaults": ["default"]}, {"defaults": 1})),
    ]

    for config in asked:
        assert [one.is_valid(config) for one in split] == [whole.is_valid(config)] * 2, config


def test_drift_is_seen_both_ways_and_mended(tmp_path: Path) -> None:
    assert len(write(tmp_path)) == len(schema_files())
    (tmp_path / "role.schema.json").write_text("{}")
    (tmp_path / "old.schema.json").write_text("{}")

    assert drift(tmp_path) == ["old.schema.json", "role.schema.json"]
    write(tmp_path)
    assert drift(tmp_path) == []


@pytest.mark.parametrize("argv", [[], ["--help"], ["--write", "x"]])
def test_other_words_are_usage_errors(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    assert "usage" in capsys.readouterr().err
