"""The persona section comes into files that want it; words of others are never lost."""

import os
import re
from pathlib import Path

import pytest

from ccorch.frontends.cli.asking import spelled
from ccorch.frontends.cli.command import command
from ccorch.rules.marked import BEGIN
from ccorch.rules.persona import persona
from ccorch.schema.keeping import PARTS
from ccorch.schema.policy import WriteScope
from tests.faults.nth_call import every_failure
from tests.frontends.houses import Stage

MINE = "# Mine\n\nUse C:\\Users\\智谱 and \\U.\n"


def test_every_command_that_it_names_is_one() -> None:
    section = persona(PARTS, None, WriteScope())
    text = " ".join(section.split())
    assert max(map(len, section.splitlines())) <= 110
    commands = [found.split() for found in re.findall(r"`ccorch ([^`]+)`", text)]
    assert len(commands) > 12
    for words in commands:
        plain = [re.sub(r"\bRUN\b", "0123456789abcdef", word).strip('"') for word in words if word != "…"]
        verb = command(plain).verb
        assert verb is not None, words
        spellings = {spelling for flag in spelled(verb) for spelling in flag.spellings} | {"-f"}
        assert {word for word in plain if word.startswith("-")} <= spellings, words


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_files_are_made_kept_added_to_and_brought_up_to_date(stage: Stage) -> None:
    claude, agents = stage.project / "CLAUDE.md", stage.project / "AGENTS.md"
    claude.write_text(MINE)
    claude.chmod(0o640)

    said = stage.ccorch("persona", "write")
    assert ("CLAUDE.md: has no section" in said.out, claude.read_text()) == (True, MINE)
    assert "### When you control runs" in agents.read_text()

    assert stage.ccorch("persona", "write", "--append").status == 0
    once = claude.read_text()
    assert once.startswith(MINE)
    assert (stage.project / "CLAUDE.md.before-ccorch").read_text() == MINE
    modes = [path.stat().st_mode & 0o777 for path in (claude, stage.project / "CLAUDE.md.before-ccorch")]
    assert modes == [0o640, 0o640], "the copy of a private file is no less private"
    claude.write_text(once + "\nmore of mine\n")
    stage.ccorch("persona", "write", "--parts", "worker", "--role", "security")
    assert claude.read_text().startswith(MINE)
    assert claude.read_text().endswith("\nmore of mine\n")
    assert "### As security" in claude.read_text()
    assert "### When you control runs" not in claude.read_text()
    before = {path.name: path.read_bytes() for path in stage.project.glob("*.md*")}
    stage.ccorch("persona", "write", "--parts", "worker", "--role", "security")
    assert {path.name: path.read_bytes() for path in stage.project.glob("*.md*")} == before


def test_edited_sections_and_broken_markers_are_refused_by_line_until_forced(stage: Stage) -> None:
    claude = stage.project / "CLAUDE.md"
    stage.ccorch("persona", "write", "CLAUDE.md")
    whole = claude.read_text()
    broken = whole.replace("<!-- ccorch:end -->\n", "")
    for text, told in (
        (whole.replace("Safety", "Danger"), ":3: the section was edited"),
        (broken, ":3: the section"),
    ):
        claude.write_text("# Mine\n\n" + text)
        refused = stage.ccorch("persona", "write", "--append")
        assert (refused.status, f"CLAUDE.md{told}" in refused.err) == (2, True)
        assert not (stage.project / "AGENTS.md").exists(), "all are looked at before one is written"
    said = stage.ccorch("persona", "write", "CLAUDE.md", "--force")
    assert (said.status, claude.read_text()) == (0, whole)
    assert (stage.project / "CLAUDE.md.before-ccorch").read_text() == "# Mine\n\n" + broken


def test_links_inside_are_one_file_and_others_are_refused(stage: Stage, tmp_path: Path) -> None:
    (stage.project / "AGENTS.md").symlink_to("CLAUDE.md")
    stage.ccorch("persona", "write")
    assert (stage.project / "AGENTS.md").is_symlink()
    assert (stage.project / "CLAUDE.md").read_text().count(BEGIN) == 1
    aside = tmp_path.parent / f"{tmp_path.name}-aside"
    aside.write_text(MINE)
    (stage.project / "OTHER.md").symlink_to(aside)

    for name in ("OTHER.md", "../x.md", ".git/config", ".agent-workspace/x.md", "."):
        assert stage.ccorch("persona", "write", name, "--append").status == 2, name
    assert aside.read_text() == MINE
    (stage.project / "latin.md").write_bytes(b"one\n\xe9\n")
    assert "latin.md:2: is not UTF-8" in stage.ccorch("persona", "write", "latin.md", "--append").err


def test_a_failure_at_any_change_of_the_disk_loses_no_word(tmp_path: Path) -> None:
    def fresh() -> Stage:
        stage = Stage(tmp_path / f"k{len(os.listdir(tmp_path))}")
        stage.project.mkdir()
        (stage.project / "CLAUDE.md").write_text(MINE)
        stage.ccorch("persona", "show")  # fills caches, which are written as well
        return stage

    for kill in (False, True):
        for stage in every_failure(fresh, lambda made: made.ccorch("persona", "write", "--append"), kill):
            assert (stage.project / "CLAUDE.md").read_text().startswith(MINE)
            stage.ccorch("persona", "write", "--append")
            assert (stage.project / "CLAUDE.md").read_text().count(BEGIN) == 1
