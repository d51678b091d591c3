"""Every tool of the earlier orchestrator has an answer that exists: a tool with these arguments, or a command."""

import re

import pytest

from ccorch.frontends.cli.asking import known
from ccorch.frontends.cli.command import command
from ccorch.frontends.mcp.tools import offers
from ccorch.schema.following import ListRequest, ShowRequest
from ccorch.schema.mcp import McpSettings
from docs.ported import PORTED, Ported

OFFERS = {offer.name: offer for offer in offers(McpSettings(toolsets=("core", "ops")))}


def test_all_sixty_seven_are_there_once() -> None:
    names = [one.tool for one in PORTED]
    assert len(names) == len(set(names)) == 67
    assert all(re.fullmatch(r"cc_[a-z_]+", name) for name in names)


@pytest.mark.parametrize("one", PORTED, ids=lambda one: one.tool)
def test_the_answer_exists(one: Ported) -> None:
    calls = [one.call, *re.findall(r"([a-z_]+\([^)]*\))", one.note)]
    for call in calls:
        if call.startswith("ccorch "):
            _check_command(call)
        else:
            name, _, arguments = call.partition("(")
            assert set(re.findall(r"(\w+)=", _outer(arguments))) <= set(OFFERS[name].parameters["properties"])
    for words in re.findall(r"`(ccorch [^`]*)`", one.note):
        _check_command(words)


def _check_command(words: str) -> None:
    found = command(words.split()[1:])
    assert found.verb is not None
    flags = {spelling for flag in known(found.verb) for spelling in flag.spellings}
    assert {word for word in found.words if word.startswith("--")} <= flags


def _outer(arguments: str) -> str:
    """The arguments without what stands in their values."""
    return re.sub(r'"[^"]*"', "", arguments)


def test_what_the_answers_say_of_states_and_views_is_offered() -> None:
    assert ListRequest(state="queued").state == "queued"
    assert [ShowRequest(view=view).view for view in ("log", "nodes")] == ["log", "nodes"]
