"""A repository is set up as it was chosen; what is there stays, and a failure leaves no half file."""

import json
import os
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest
import yaml

from ccorch.adapters.run_folder.layout import State
from ccorch.config.check import check
from ccorch.config.layers import home_of
from ccorch.config.owner import read_ceiling
from ccorch.errors import ConfigInvalid
from ccorch.operations.whole_file import keep, make, replace
from ccorch.schema.ceiling import Ceiling
from tests.faults.nth_call import every_failure
from tests.frontends.houses import Stage

FULL = ("init", "--role", "development", "--policy", "careful", "--usd", "0.75", "--persona", "--mcp", "--owner")


class Terminal(BytesIO):
    """Standard input that somebody sits at."""

    def isatty(self) -> bool:
        return True


def test_everything_that_was_chosen_is_written_and_nothing_twice(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "a b\\U 智谱")
    stage.project.mkdir()
    dry = json.loads(stage.ccorch(*FULL, "--dry-run", "--json").out)
    assert os.listdir(stage.project) in ([], ["cache"])

    first = json.loads(stage.ccorch(*FULL, "--json").out)
    files = {path: path.read_bytes() for path in stage.project.rglob("*") if path.is_file()}
    second = json.loads(stage.ccorch(*FULL, "--json").out)

    assert dry["written"] == first["written"]
    assert (second["written"], second["advice"]) == ([], [])
    other = json.loads(stage.ccorch("init", "--role", "testing", "--usd", "3", "--json").out)["advice"]
    assert other == [
        ".ccorch/config.yaml exists and does not say 'override role: testing', 'usd_per_run: 3'; write that there"
    ]
    assert {path: path.read_bytes() for path in files} == files
    assert yaml.safe_load((stage.project / ".ccorch/config.yaml").read_text()) == {
        "defaults": [{"override role": "development"}, {"override policy": "careful"}],
        "cost": {"usd_per_run": 0.75},
    }
    assert json.loads((stage.project / ".mcp.json").read_text())["mcpServers"]["ccorch"]["args"] == ["mcp", "serve"]
    assert (stage.project / ".agent-workspace/.gitignore").read_text() == "*\n"
    assert (stage.project / "user/ceiling.yaml").stat().st_mode & 0o777 == 0o600
    assert read_ceiling(stage.project / "user") == Ceiling()
    assert check(stage.project, None, stage.project / "user") == ()


def test_every_line_of_the_owners_file_holds_when_it_is_no_comment_any_more(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.ccorch("init", "--owner")
    path = tmp_path / "user/ceiling.yaml"
    keys = [
        line[2:] for line in path.read_text().splitlines() if line[2:].partition(":")[0] in Ceiling.model_fields
    ]
    path.write_text("\n".join(keys) + "\n")

    assert len(keys) == len(Ceiling.model_fields)
    assert read_ceiling(tmp_path / "user") == Ceiling()


def test_somebody_at_a_terminal_is_asked_and_shown_before_anything_is_written(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    no = stage.ccorch("init", stdin=Terminal(b"review\n2\ny\nn\nn\n"))
    assert (no.status, "nothing was written" in no.err) == (0, True)
    assert not (tmp_path / ".ccorch").exists()
    for answers, said in (
        (b"revue\n\n\n\n", "no role 'revue'"),
        (b"\nmuch\n\n\n", "is no amount"),
        (b"\n-5\n\n\n", "-5.0: input should be greater than 0"),
        (b"\nnan\n\n\n", "nan: input should be"),
        (b"", "ended"),
    ):
        refused = stage.ccorch("init", stdin=Terminal(answers))
        assert (refused.status, said in refused.err) == (2, True)
    assert not (tmp_path / ".ccorch").exists()

    yes = stage.ccorch("init", stdin=Terminal(b"review\n2\ny\nn\n\n"))

    assert "would write .ccorch/config.yaml" in yes.out
    assert yes.out.count("next: `ccorch doctor`") == 1
    assert "override role: review" in (tmp_path / ".ccorch/config.yaml").read_text()
    assert "usd_per_run: 2\n" in (tmp_path / ".ccorch/config.yaml").read_text()
    assert (tmp_path / "CLAUDE.md").exists()
    assert not (tmp_path / ".mcp.json").exists()


def test_a_link_that_leaves_the_project_is_not_followed(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "project")
    stage.project.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (stage.project / ".ccorch").symlink_to(tmp_path / "elsewhere")

    refused = stage.ccorch("init")

    assert "is a link that leaves the project" in refused.err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_broken_markers_are_told_before_anything_is_written(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    (tmp_path / "CLAUDE.md").write_text("# Ours\n<!-- ccorch:begin -->\n")

    refused = stage.ccorch("init", "--persona")

    assert (refused.status, "CLAUDE.md:2" in refused.err) == (2, True), refused
    assert not {".ccorch", ".vscode", ".agent-workspace", "AGENTS.md"} & set(os.listdir(tmp_path))


def test_the_section_for_agents_says_what_the_chosen_policy_allows(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    narrow = tmp_path / "user/policies/narrow.yaml"
    narrow.parent.mkdir(parents=True)
    narrow.write_text("# Writes in docs alone.\ndefaults: [default]\nwrite_scope: {allow: [docs/**]}\n")

    assert stage.ccorch("init", "--policy", "narrow", "--persona").status == 0
    section = (tmp_path / "CLAUDE.md").read_text()
    again = stage.ccorch("persona", "show")

    assert "docs/**" in section
    assert again.out == section


def test_a_failure_at_any_change_of_the_disk_leaves_no_half_file_and_never_another_one(tmp_path: Path) -> None:
    numbers = count()

    def fresh() -> Path:
        return tmp_path / f"k{next(numbers)}" / ".ccorch" / "config.yaml"

    for kill in (False, True):
        for path in every_failure(fresh, lambda path: make(path, b"whole"), kill):
            assert not path.exists() or path.read_bytes() == b"whole"
            make(path, b"whole")
            assert path.read_bytes() == b"whole"
            assert not make(path, b"another")
            assert path.read_bytes() == b"whole"


def test_a_failure_at_any_change_of_the_disk_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    numbers = count()

    def old() -> Path:
        path = tmp_path / f"r{next(numbers)}"
        path.write_bytes(b"old")
        return path

    for kill in (False, True):
        for path in every_failure(old, lambda path: replace(path, b"new", 0o600), kill):
            assert path.read_bytes() in (b"old", b"new")
            replace(path, b"new", 0o600)
            assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    assert keep(path, b"one", 0o600).name == f"{path.name}.before-ccorch"
    assert keep(path, b"two", 0o600).name == f"{path.name}.before-ccorch-2"


def test_without_a_home_the_system_is_asked_and_then_the_user(tmp_path: Path) -> None:
    assert home_of({"HOME": str(tmp_path)}) == tmp_path
    assert home_of({"HOME": ""}).is_absolute()
    assert State.of({"CCORCH_STATE_DIR": str(tmp_path)}).root == tmp_path

    with pytest.raises(ConfigInvalid, match="home is") as told:
        home_of({"HOME": "not/absolute"}, uid=3_999_999_999)
    assert "CCORCH_STATE_DIR" in told.value.hint
