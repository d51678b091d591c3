"""Promises of what the owner alone decides: read from the user's own folder, with its places in every complaint."""

import os
from pathlib import Path

import pytest

from ccorch.config.owner import read_ceiling, read_engine
from ccorch.errors import ConfigInvalid
from ccorch.schema.ceiling import Ceiling
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


def test_a_ceiling_that_is_kept_elsewhere_is_read_there_and_missed_when_that_is_away(tmp_path: Path) -> None:
    kept, folder = tmp_path / "kept", tmp_path / "ccorch"
    kept.mkdir()
    (kept / "ceiling.yaml").write_text("usd_per_run: 1\n")
    folder.mkdir()
    (folder / "ceiling.yaml").symlink_to(kept / "ceiling.yaml")
    (tmp_path / "linked").symlink_to(kept)
    assert read_ceiling(folder) == read_ceiling(tmp_path / "linked") == Ceiling(usd_per_run=1)

    kept.rename(tmp_path / "away")

    for folder_of_it in (folder, tmp_path / "linked"):
        with pytest.raises(ConfigInvalid, match=r"a link to .*not there"):
            read_ceiling(folder_of_it)
    assert read_ceiling(tmp_path / "none") == Ceiling()


def test_a_pipe_an_endless_file_and_a_folder_are_no_ceiling(tmp_path: Path) -> None:
    path = tmp_path / "ceiling.yaml"
    for make in (lambda: os.mkfifo(path), lambda: path.symlink_to("/dev/zero"), path.mkdir):
        make()
        with pytest.raises(ConfigInvalid, match=r"ceiling\.yaml.*not a plain file"):
            read_ceiling(tmp_path)
        path.rmdir() if path.is_dir() else path.unlink()
