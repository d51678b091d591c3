"""The skill is short, and every call, code, command and file that it names exists."""

import re
from pathlib import Path

import pytest

from ccorch.errors import CcorchError
from ccorch.frontends.cli.command import command
from ccorch.frontends.mcp.tools import offers
from ccorch.schema.mcp import McpSettings

FOLDER = Path(__file__).parents[2] / "skills/ccorch"
FILES = sorted(FOLDER.rglob("*.md"))
OFFERS = {offer.name: offer for offer in offers(McpSettings(toolsets=("core", "ops")))}
MOST_TOKENS = 1_500
LEAST_BYTES = 3
"""Bytes of a token of English Markdown with code, on the safe side: o200k counts 807 for what this makes 1,200."""


def test_the_skill_is_short_and_begins_as_clients_want_it() -> None:
    text = (FOLDER / "SKILL.md").read_text(encoding="utf-8")
    head = text.split("---\n")[1]

    assert len(text.encode()) / LEAST_BYTES <= MOST_TOKENS
    assert re.search(r"^name: ccorch$", head, re.MULTILINE)
    assert re.search(r"^description: .{50,1000}$", head, re.MULTILINE)
    assert all((FOLDER / name).is_file() for name in re.findall(r"\]\((details/[a-z]+\.md)\)", text))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_the_skill_names_exists(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    codes = {kind.code for kind in CcorchError.__subclasses__()}

    for name, arguments in re.findall(r"\b([a-z]+_?[a-z]*)\(([^)]*)\)", text.replace("](", "] (")):
        assert name in OFFERS, name
        given = re.findall(r"(\w+)=", re.sub(r'"[^"]*"|\[[^]]*\]', "", arguments))
        assert set(given) <= set(OFFERS[name].parameters["properties"]), (name, given)
    assert set(re.findall(r"`([A-Z]+_[A-Z_]+)`", text)) <= codes
    for words in re.findall(r"`ccorch ([a-z ]+)", text):
        assert command(words.split()).verb is not None
