"""A key under its old name is the key: read, guarded, told with file and line, and never twice."""

from pathlib import Path

import pytest

from ccorch.config.guard import screen
from ccorch.config.layers import LayerDir
from ccorch.config.reading import parse
from ccorch.config.renamed import RENAMED, Renamed, modern, modern_key, of_words, old_keys
from ccorch.errors import ConfigForbidden, ConfigInvalid
from ccorch.schema.config import RunConfig

TABLE = (Renamed("policy.may_write", "policy.write", "9"), Renamed("old_task_type", "task_type", "9"))


def test_every_old_name_is_gone_and_every_new_one_is_there() -> None:
    for one in RENAMED:
        group, _, field = one.new.partition(".")
        model = RunConfig.model_fields[group].annotation
        assert field in model.model_fields  # type: ignore[union-attr]
        assert one.old.partition(".")[2] not in model.model_fields  # type: ignore[union-attr]


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


def test_an_old_name_in_a_file_is_told_with_its_line_and_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/team.yaml").write_text("# x\nmax_turns: 3\nmay_write: true\n")
    (tmp_path / "config.yaml").write_text("# x\npolicy: {write: true}\nlabel: may_write\n")
    (tmp_path / "broken.yaml").write_text("may_write: [\n")

    told = [one.said for one in old_keys((LayerDir("project", str(tmp_path)),), TABLE)]

    assert told == [
        f"{tmp_path}/policies/team.yaml:3: policy.may_write is called policy.write now; 9 will not read it any more"
    ]
    assert list(old_keys((LayerDir("packaged", str(tmp_path)),), TABLE)) == []


def test_of_words_only_keys_are_told() -> None:
    words = ("policy.may_write=true", "+policy.may_write.x=1", "task=policy.may_write")

    assert [one.place for one in of_words(words, TABLE)] == [f"override {word}" for word in words[:2]]
