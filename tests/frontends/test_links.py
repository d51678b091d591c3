"""A repository's own links lead nothing that is written for it to files outside."""

import os
from itertools import count
from pathlib import Path

import pytest

from ccorch.errors import WorkspaceUnwritable
from ccorch.operations.whole_file import put
from tests.faults.nth_call import every_failure
from tests.frontends.houses import Stage

MINE = "export KEY=mine\n"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A file of the user, outside of every project."""
    path = tmp_path / "home/.bashrc"
    path.parent.mkdir()
    path.write_text(MINE)
    return path


@pytest.mark.parametrize(
    ("link", "client"),
    [
        (".claude/skills/ccorch/SKILL.md", "claude"),
        (".agents", "codex"),
        (".mcp.json", "claude"),
        (".codex", "codex"),
    ],
)
def test_clients_are_told_of_ccorch_within_the_project_alone(
    tmp_path: Path, mine: Path, link: str, client: str
) -> None:
    stage = Stage(tmp_path / "p")
    place = stage.project / link
    place.parent.mkdir(parents=True)
    place.symlink_to(mine if place.suffix else mine.parent)

    told = stage.ccorch("mcp", "install", "--client", client, "--project", "--skill", "--apply")

    assert (told.status != 0, "is a link that leaves the project" in told.err) == (True, True)
    assert {path.name: path.read_text() for path in mine.parent.rglob("*")} == {".bashrc": MINE}


def test_what_is_asked_for_is_written_to_no_link_and_for_its_owner_alone(tmp_path: Path, mine: Path) -> None:
    (tmp_path / "report.md").symlink_to(mine)
    (tmp_path / "gone.md").symlink_to(tmp_path / "home/new")
    for name in ("report.md", "gone.md"):
        with pytest.raises(WorkspaceUnwritable, match="is a symbolic link"):
            put(str(tmp_path / name), "told", "report")
    assert mine.read_text() == MINE
    assert not (tmp_path / "home/new").exists()

    put(str(tmp_path / "fresh.md"), "told", "report")
    assert (tmp_path / "fresh.md").stat().st_mode & 0o777 == 0o600
    (tmp_path / "known.md").touch(0o640)
    put(str(tmp_path / "known.md"), "told \ud800", "report")
    assert (tmp_path / "known.md").read_text() == "told ?"
    put(os.devnull, "told", "report")


@pytest.mark.parametrize("link", [".ccorch", ".ccorch/roles"])
def test_an_option_is_copied_into_the_project_alone(tmp_path: Path, mine: Path, link: str) -> None:
    stage = Stage(tmp_path / "p")
    place = stage.project / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(mine.parent)

    told = stage.ccorch("config", "cp", "role/review", "mine")

    assert (told.status, "is a link that leaves" in told.err) == (3, True)
    assert [path.name for path in mine.parent.rglob("*")] == [".bashrc"]


@pytest.mark.parametrize("verb", ["plan", "routes"])
def test_a_plan_and_a_strategy_are_written_like_a_report(tmp_path: Path, mine: Path, verb: str) -> None:
    stage = Stage(tmp_path)
    mine.write_text("")
    (tmp_path / "out").symlink_to(mine)
    words = ("role=review", "profile=scripted", "task=x") if verb == "plan" else ()

    told = stage.ccorch(verb, *words, "--out", str(tmp_path / "out"))

    assert (told.status, "is a symbolic link" in told.err, mine.read_text()) == (2, True, "")
    assert stage.ccorch(verb, *words, "--out", str(tmp_path / "new")).status == 0
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600


def test_a_report_that_cannot_be_written_whole_leaves_what_was_there(tmp_path: Path) -> None:
    numbers = count()

    def fresh() -> Path:
        path = tmp_path / f"{next(numbers)}" / "report.md"
        path.parent.mkdir()
        path.write_text("before")
        return path

    for path in every_failure(fresh, lambda path: put(str(path), "after", "report"), kill=False):
        assert path.read_text() in ("before", "after")
        put(str(path), "after", "report")
        assert path.read_text() == "after"
