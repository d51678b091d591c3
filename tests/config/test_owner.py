"""Promises of what the owner alone decides: read from the user's own folder, with its places in every complaint."""

from pathlib import Path

import pytest

from ccorch.config.owner import read_engine
from ccorch.errors import ConfigInvalid
from ccorch.schema.config import Engine
from ccorch.schema.profile import SecretRef


def test_without_files_runs_are_kept_in_their_folders_only(tmp_path: Path) -> None:
    assert read_engine(tmp_path) == Engine(store="inline")


def test_the_owners_config_goes_over_the_owners_option(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    option = "# Mine.\ndefaults: [/builtin/engine/default]\nstore: postgres\npostgres_url: {file: /x/url}\n"
    (tmp_path / "engine/default.yaml").write_text(option)
    (tmp_path / "config.yaml").write_text("engine: {idle_exit_seconds: 5}\ntask: x\n")

    assert read_engine(tmp_path) == Engine(
        idle_exit_seconds=5, store="postgres", postgres_url=SecretRef(file="/x/url")
    )


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("engine/default.yaml", "# Mine.\nstore: mysql\n", r"default\.yaml:2: store"),
        ("engine/default.yaml", "# Mine.\nstor: sqlite\n", r"default\.yaml:2: stor: .*store"),
        ("config.yaml", "engine: 7\n", r"config\.yaml:1: .*engine"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / name).write_text(text)

    with pytest.raises(ConfigInvalid, match=complaint):
        read_engine(tmp_path)
