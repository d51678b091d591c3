"""Hostile overlays, overrides and arguments: none is accepted, none is a bug, nothing is submitted."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.config import client
from ccorch.errors import CcorchError
from ccorch.frontends.mcp.server import Server
from ccorch.schema.asked import Overlay
from tests.corpus.overlays import Attempt
from tests.corpus.overlays.advisories import ADVISORIES
from tests.corpus.overlays.own import OWN
from tests.corpus.overlays.second import SECOND
from tests.corpus.overlays.unseen import UNSEEN
from tests.frontends.houses import Stage

DOC = Path(__file__).parents[2] / "docs/overlay-corpus.md"
FOLLOWING = tuple(attempt for forms in ADVISORIES.values() for attempt in forms)
AGAIN = tuple(attempt for forms in SECOND.values() for attempt in forms)
REFUSALS = {"CONFIG_FORBIDDEN", "CONFIG_INVALID", "ARG_INVALID", "NOT_FOUND", "RUN_NOT_FOUND"}


def answered(stage: Stage, attempts: tuple[Attempt, ...]) -> list[Any]:
    """What one server says to each."""

    async def session() -> list[Any]:
        server = Server(lambda who: stage.house("mcp"), again=0.01)
        return [await server.call_tool(tool, arguments) for tool, arguments in attempts]

    return asyncio.run(session())


def test_the_corpus_is_large_and_of_many_hands() -> None:
    total = len(FOLLOWING) + len(UNSEEN) + len(OWN) + len(AGAIN)
    assert total >= 200
    assert (len(FOLLOWING) + len(AGAIN)) * 2 >= total
    assert (len(UNSEEN) + len(AGAIN)) * 3 >= total


def test_every_advisory_is_named_in_the_docs() -> None:
    text = DOC.read_text(encoding="utf-8")
    assert [advisory for advisory in (*ADVISORIES, *SECOND) if advisory not in text] == []


@pytest.mark.parametrize("attempts", [FOLLOWING, UNSEEN, OWN, AGAIN], ids=["advisories", "unseen", "own", "second"])
def test_nothing_hostile_is_accepted(tmp_path: Path, attempts: tuple[Attempt, ...]) -> None:
    stage = Stage(tmp_path)

    results = answered(stage, attempts)

    accepted = [attempt for attempt, result in zip(attempts, results, strict=True) if not result.is_error]
    assert [str(attempt)[:200] for attempt in accepted] == []
    codes = {json.loads(result.content[0].text)["error"]["code"] for result in results}
    assert codes <= REFUSALS
    assert not stage.library.submissions


def test_what_controllers_do_every_day_is_accepted(tmp_path: Path) -> None:
    plain = {"profile": "scripted"}
    harmless = [
        {"overrides": ["role=security", "profile=scripted", "policy.max_concurrent=3", "label=nightly audit"]},
        {"overrides": ["profile=scripted", 'role.tools=["Read"]', "cost.usd_per_run=2", "queue.priority=7"]},
        {"overlay": {"groups": {"role": "review", "cost": "default"}, "set": {**plain, "role.handoff": None}}},
        {"overlay": {"groups": {"workflow": "team"}, "set": {**plain, "workflow.roles": ["review", "security"]}}},
        {"overlay": {"set": {**plain, "context": "say ${HOME}\n- as it is", "policy.sandbox": "required"}}},
        {"overlay": {"set": {**plain, "checks.protected": ["tests/**"], "policy.write_scope.allow": ["src/**"]}}},
    ]

    results = answered(Stage(tmp_path), tuple(("plan", {"task": "${x} -- \u202e", **words}) for words in harmless))

    assert [result.structured_content for result in results if result.is_error] == []


POISON = (
    "${oc.env:HOME}", "${x}", "a${b", "_target_", "__proto__", "hydra", "hydra.run", "../x", "/etc", "-x", "a\0b",
    "\x1b[1m", "\u202e", "???", "commands", "invariants", "copied", "linked", "kept", "profiles", "engine",
    "claude", "prices",
)  # fmt: skip
KEYS = st.sampled_from(
    ["role", "policy", "cost", "routing.model_aliases", "workflow.inputs", "workflow.nodes", "label", "attach"]
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(POISON))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.text(max_size=8), st.sampled_from(POISON)), inner, max_size=3),
    ),
    max_leaves=8,
)
WORDS = st.lists(
    st.builds(
        lambda sign, key, value: f"{sign}{key}={value}",
        st.sampled_from(["", "", "", "+", "++", "~", "@", "/"]),
        st.one_of(KEYS, st.sampled_from(POISON), st.text(max_size=10)),
        st.one_of(
            st.text(max_size=10), st.sampled_from(POISON), st.sampled_from(["[1]", '{"a": 1}', "a,b", "f(x)"])
        ),
    ),
    max_size=3,
)


@given(words=WORDS, values=st.dictionaries(st.one_of(KEYS, st.sampled_from(POISON)), VALUES, max_size=3))
def test_whatever_passes_the_guard_holds_nothing_hostile(words: list[str], values: dict[str, Any]) -> None:
    try:
        passed = client.overlay_of(words, Overlay(set=values))
    except CcorchError:
        return

    assert set(passed.groups) <= {*client.GROUPS}
    for key, value in passed.set.items():
        assert key.split(".")[0] in (*client.GROUPS, *client.PLAIN, *client.FREE)
        if key not in client.FREE:
            assert _harmless(key.split("."), value), (key, value)


def _harmless(path: list[str], value: Any) -> bool:
    """Said again in other words than the guard's own."""
    if any(name.startswith("_") or name in ("hydra", "commands", "invariants", "copied") for name in path):
        return False
    match value:
        case dict():
            return all(_harmless([*path, *str(key).split(".")], inner) for key, inner in value.items())
        case list():
            return all(_harmless(path, inner) for inner in value)
        case str():
            return "${" not in value and "\0" not in value and value != "???"
    return True


@given(key=st.text(max_size=30), value=LEAVES)
def test_any_key_and_value_is_judged_in_words(key: str, value: Any) -> None:
    try:
        client.overlay_of((), Overlay(set={key: value}))
    except CcorchError as problem:
        hint = problem.hint
    else:
        hint = "none is needed"

    assert hint
