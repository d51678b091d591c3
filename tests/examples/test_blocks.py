"""Every fenced block of every page is run, or at least means something: commands that there are, valid files."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from ccorch.adapters.scripted.script import load
from ccorch.config.check import check
from ccorch.frontends.cli.asking import asked
from ccorch.frontends.cli.command import command
from ccorch.schema.workflow import WorkflowNode
from tests.examples.readme import PLAYS, ROOT

RUN = {*(page for play in PLAYS for page in play), "docs/python.md"}
"""Pages whose commands, programs and files other tests run."""
OTHERS = {"make", "python3", "cp", "git", "ssh", "cd", ".", "ccorch"}
"""Programs that blocks name."""
_FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def pages() -> list[str]:
    """Every page that people read."""
    kept = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    return sorted(str(path.relative_to(ROOT)) for path in kept)


def found(*kinds: str) -> list[tuple[str, str]]:
    """Blocks of these kinds with their page."""
    texts = ((page, (ROOT / page).read_text(encoding="utf-8")) for page in pages())
    return [(page, one["body"]) for page, text in texts for one in _FENCE.finditer(text) if one["kind"] in kinds]


def test_no_block_is_of_a_kind_that_nobody_tries() -> None:
    # the Chinese page is held equal to the README, block by block
    assert {page for page, _ in found("console", "python")} <= {*RUN, "README.zh-CN.md"}
    texts = ((page, (ROOT / page).read_text(encoding="utf-8")) for page in pages())
    kinds = {one["kind"] for _, text in texts for one in _FENCE.finditer(text)}
    assert kinds <= {"console", "python", "sh", "yaml", "text", ""}


@pytest.mark.parametrize(("page", "block"), found("sh"))
def test_what_a_block_tells_to_type_are_commands_with_flags_that_there_are(page: str, block: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for line in block.splitlines():
        for words in _simple(shlex.split(line, comments=True)):
            assert words[0] in OTHERS, (page, line)
            if words[0] == "make":
                assert set(words[1:]) <= targets, (page, line)
            for word in words:
                assert set(re.findall(r"ccorch\[(\w+)\]", word)) <= set(extras), (page, line)
            if "ccorch" in words:
                typed = command(words[words.index("ccorch") + 1 :])
                assert typed.verb is not None, (page, line)
                asked(typed, lambda: b"")


@pytest.mark.parametrize(("page", "block"), [one for one in found("yaml") if one[0] not in RUN])
def test_what_a_block_tells_to_write_is_valid(page: str, block: str, tmp_path: Path) -> None:
    said = re.match(r"# (?:(?P<project>\.ccorch/\S+)|~/\.config/ccorch/(?P<user>\S+))\n", block)
    if said is not None:
        path = tmp_path / "p" / said["project"] if said["project"] else tmp_path / "u" / said["user"]
        path.parent.mkdir(parents=True)
        path.write_text(block)
        assert check(tmp_path / "p", None, tmp_path / "u") == ()
    elif block.startswith("  - id:"):
        assert [WorkflowNode.model_validate(node) for node in yaml.safe_load(block)]
    else:
        path = tmp_path / "script.yaml"
        path.write_text(block)
        assert load(path)


def _simple(words: list[str]) -> list[list[str]]:
    """The simple commands of a line."""
    commands: list[list[str]] = [[]]
    for word in words:
        if word == "&&":
            commands.append([])
        else:
            commands[-1].append(word.rstrip(";"))
    return [one for one in commands if one]
