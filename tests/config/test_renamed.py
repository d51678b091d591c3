"""A key under its old name is the key: read, guarded, told with file and line, and never twice."""

from pathlib import Path

import pytest

from ccorch.config.check import check
from ccorch.config.compose import ComposeRequest, compose
from ccorch.config.document import parse
from ccorch.config.guard import screen
from ccorch.config.layers import layer_dirs
from ccorch.config.renamed import RENAMED, Renamed, modern, modern_key, of_words, old_keys
from ccorch.errors import ConfigForbidden, ConfigInvalid
from ccorch.schema.config import RunConfig

EXTENDS = "defaults: [/builtin/policy/default, _self_]\n"
TABLE = (Renamed("policy.may_write", "policy.write", "9"), Renamed("old_task_type", "task_type", "9"))


def test_every_old_name_is_gone_and_every_new_one_is_there() -> None:
    for one in RENAMED:
        group, _, field = one.new.partition(".")
        model = RunConfig.model_fields[group].annotation
        assert field in model.model_fields  # type: ignore[union-attr]
        assert one.old.partition(".")[2] not in model.model_fields  # type: ignore[union-attr]


def test_files_and_words_are_read_under_old_names_and_told(tmp_path: Path) -> None:
    project, user = tmp_path / "p", tmp_path / "user"
    for path, text in {
        project / ".ccorch/config.yaml": "# Ours.\npolicy:\n  max_turns: 7\n  max_parallel: 2\n",
        project / ".ccorch/policies/ours.yaml": f"# Ours.\n{EXTENDS}max_parallel: 3\n",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert check(project, None, user) == ()

    def found(*words: str) -> int:
        return compose(ComposeRequest(project, words, task="x", user_dir=user)).config.policy.max_concurrent

    assert found() == 2
    assert found("policy=ours") == 2, "config.yaml comes after"
    assert found("policy.max_parallel=4") == 4
    places = [one.place.removeprefix(f"{project}/.ccorch/") for one in old_keys(layer_dirs(project, None, user))]
    assert places == ["config.yaml:4", "policies/ours.yaml:3"]
    assert [one.place for one in of_words(("policy.max_parallel=4", "task=policy.max_parallel"))] == [
        "override policy.max_parallel=4"
    ]


def test_both_names_at_once_are_refused_by_line() -> None:
    text = "# x\npolicy:\n  may_write: false\n  write: true\n"

    with pytest.raises(ConfigInvalid, match=r"f.yaml:3: policy.may_write and policy.write are one key"):
        modern(parse(text, "f.yaml"), None, TABLE)


@pytest.mark.parametrize(
    ("text", "group"), [("policy: {may_write: true}\n", None), ("may_write: true\n", "policy")]
)
def test_an_old_name_gets_past_no_guard(text: str, group: str | None) -> None:
    document = modern(parse(f"# x\n{text}", "f.yaml"), group, TABLE)

    with pytest.raises(ConfigForbidden, match="a project may not switch writing on"):
        screen(document, "project", group)


def test_only_the_key_itself_moves() -> None:
    document = modern(
        parse("# x\nold_task_type: a\nlabel: old_task_type\nrole: {old_task_type: 1}\n", "f"), None, TABLE
    )

    assert document.data == {"task_type": "a", "label": "old_task_type", "role": {"old_task_type": 1}}
    assert document.at(("task_type",)) == "f:2"
    assert modern_key("policy.may_write.x", TABLE) == "policy.write.x"
    assert modern_key("policy.may_write_too", TABLE) is None
