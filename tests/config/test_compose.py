"""Overrides, verbatim text, typed values, lanes, errors and provenance of one composition."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccorch.config.compose import lanes
from ccorch.config.hydra_app import hydra_words
from ccorch.config.overrides import parse
from ccorch.errors import ConfigInvalid
from tests.config.conftest import Tree

TEXTS = [
    "fix #12",
    "a=b",
    "don't",
    "foo(x)",
    "ünï 日本",
    "a, b",
    "${oc.env:HOME}",
    "'q'",
    "x\ny",
    "",
    "  ",
    "\\",
    "[a",
]


@pytest.mark.parametrize("text", [text for text in TEXTS if text])
def test_the_task_arrives_byte_for_byte(tree: Tree, text: str) -> None:
    assert tree.compose(task=text).config.task == text
    assert tree.compose(f"task={text}", task=None).config.task == text


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(text=st.text(min_size=1, max_size=40))
def test_any_text_is_carried_verbatim(tree: Tree, text: str) -> None:
    config = tree.compose(f"context={text} ", f"label={text} ", task=text).config

    assert (config.task, config.context, config.label) == (text, f"{text} ", f"{text} ")


def test_values_are_read_as_hydra_reads_them(tree: Tree) -> None:
    config = tree.compose(
        "policy.max_turns=1_0", "policy.write=TRUE", "attach=[a.png, 'b c.png']", "+queue.priority=-5",
        "++cost.usd_per_run=null", "policy.write_scope={deny: [x]}", "label=null", "model=null-model",
    ).config  # fmt: skip

    assert (config.policy.max_turns, config.policy.write, config.queue.priority) == (10, True, -5)
    assert config.attach == ("a.png", "b c.png")
    assert config.cost.usd_per_run is None
    assert (config.policy.write_scope.allow, config.policy.write_scope.deny) == (("**",), ("x",))
    assert (config.label, config.model) == (None, "null-model")


@pytest.mark.parametrize("ids", [["21e42812"], ["12345678", "0012", "1e5"], ["0x1f", "null", "a-b"]])
def test_the_ids_of_runs_are_names_whatever_number_they_look_like(tree: Tree, ids: list[str]) -> None:
    word = f"workflow.sources=[{', '.join(ids)}]"

    assert tree.compose("workflow=cross_review", word).config.workflow.sources == tuple(ids)
    assert hydra_words(parse([word])) == [f"++workflow.sources={json.dumps(ids)}"]


def test_positions_of_lists_can_be_overridden(tree: Tree) -> None:
    config = tree.compose("workflow=review_team", "workflow.nodes.1.task=other words").config

    assert config.workflow.nodes[1].task == "other words"
    with pytest.raises(ConfigInvalid, match="no such position"):
        tree.compose("workflow.nodes.7.task=x")


def test_interpolations_follow_overrides_but_never_enter_text(tree: Tree) -> None:
    tree.write("user", "config.yaml", "label: ${policy.max_turns}/${task}\n")

    config = tree.compose("policy.max_turns=${queue.priority}", "queue.priority=7", task="${role.name}").config

    assert (config.label, config.policy.max_turns) == ("7/${role.name}", 7)


def test_an_interpolation_that_leads_nowhere_names_its_line(tree: Tree) -> None:
    path = tree.write("user", "config.yaml", "label: x\nmodel: ${rol.name}\nprofile: ${profile}\n")

    with pytest.raises(ConfigInvalid) as caught:
        tree.compose()

    assert any("model: ${rol.name}" in problem and f"{path}:2" in problem for problem in caught.value.problems)
    assert any("leads back to itself" in problem for problem in caught.value.problems)


def test_resolvers_work_in_the_users_own_layer(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCORCH_TEST_WORD", "word")
    tree.write("user", "config.yaml", "label: ${oc.env:CCORCH_TEST_WORD}\n")

    assert tree.compose(task="${oc.env:HOME}").config.label == "word"


def test_typed_values_are_data_and_never_searched(tree: Tree) -> None:
    typed: dict[str, Any] = {
        "groups": {"role": "security"},
        "set": {
            "policy.max_turns": 3,
            "label": "${oc.env:HOME}",
            "attach": ["a"],
            "policy.write_scope": {"deny": []},
        },
    }

    composed = tree.compose(typed=typed)

    assert composed.config.role.name == "security"
    assert composed.config.label == "${oc.env:HOME}"
    assert composed.config.policy.write_scope.deny == ()
    assert composed.origins.lookup("policy.max_turns").layer == "override"


@pytest.mark.parametrize(
    "typed",
    [
        {"groups": {"rolle": "review"}},
        {"groups": {"role": ["review"]}},
        {"groups": {"role": "../x"}},
        {"set": {"policy.max_turns": "3"}},
        {"set": {"policy.max_turnz": 3}},
        {"set": {"a b": 3}},
        {"set": {"label": "???"}},
        {"other": 1},
    ],
)
def test_wrong_typed_values_are_refused(tree: Tree, typed: dict[str, Any]) -> None:
    with pytest.raises(ConfigInvalid):
        tree.compose(typed=typed)


def test_all_problems_are_told_at_once_with_their_places(tree: Tree) -> None:
    path = tree.write("project", "config.yaml", "policy:\n  max_turns: 0\nqueue: {priority: high}\n")

    with pytest.raises(ConfigInvalid) as caught:
        tree.compose("policy.max_concurent=3", "routing.strategy=chep", "rolle=review", task=None)

    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 6
    assert "policy.max_concurent: unknown key. Did you mean 'policy.max_concurrent'?" in told
    assert "set by override policy.max_concurent=3" in told
    assert f"policy.max_turns: must be greater than or equal to 1 (got 0)\n    set by {path}:2" in told
    assert f"queue.priority: must be a valid integer (got 'high')\n    set by {path}:3" in told
    assert "'pinned', 'cheap', 'balanced' or 'strong' (got 'chep')" in told
    assert "rolle: unknown key. Did you mean 'role'?" in told
    assert "task: required value is missing (declared " in told
    assert "ccorch.yaml:" in told
    assert "pass task=" in told


def test_an_unknown_option_lists_what_there_is_and_where_it_looked(tree: Tree) -> None:
    tree.write("project", "roles/mine.yaml", "name: mine\nsummary: s\nprompt: p\n")

    with pytest.raises(ConfigInvalid) as caught:
        tree.compose("role=secuirty", "workflow=sinlge")

    role, workflow = caught.value.problems
    assert "role: no option 'secuirty'. Did you mean 'security'? Available: " in role
    assert "mine" in role
    assert str(tree.project / ".ccorch/roles") in role
    assert "Did you mean 'single'?" in workflow


def test_an_unknown_option_named_in_a_file_names_the_line(tree: Tree) -> None:
    path = tree.write("project", "config.yaml", "defaults:\n  - override role: secuirty\n")

    with pytest.raises(ConfigInvalid, match=rf"Did you mean 'security'\?.*Named in {path}:2"):
        tree.compose()


def test_files_that_include_each_other_are_refused(tree: Tree) -> None:
    tree.write("project", "roles/review.yaml", "defaults: [/role/review@_here_]\n")

    with pytest.raises(ConfigInvalid, match="include each other"):
        tree.compose()


def test_a_word_for_a_list_of_options_is_refused_with_the_way_out(tree: Tree) -> None:
    with pytest.raises(ConfigInvalid, match=r"takes one option, not a list; -m role=a,b"):
        tree.compose("role=[review,security]")
    with pytest.raises(ConfigInvalid, match="several options need -m"):
        tree.compose("role=review,security")
    with pytest.raises(ConfigInvalid, match="write role=OPTION"):
        tree.compose("roles@role=security")
    with pytest.raises(ConfigInvalid, match="write routing=OPTION"):
        tree.compose("policies/routing=cheap")


def test_a_key_that_is_set_twice_names_both(tree: Tree) -> None:
    with pytest.raises(ConfigInvalid, match=r"set twice: label=a and \+\+label=b"):
        tree.compose("label=a", "++label=b")
    with pytest.raises(ConfigInvalid, match="role is set twice"):
        tree.compose("role=review", "role=security")


def test_lanes_are_all_combinations_of_group_sweeps() -> None:
    assert lanes(["role=a,b", "label=x,y", "policy=c,d"]) == [
        ("role=a", "label=x,y", "policy=c"),
        ("role=a", "label=x,y", "policy=d"),
        ("role=b", "label=x,y", "policy=c"),
        ("role=b", "label=x,y", "policy=d"),
    ]
    assert lanes([]) == [()]
    with pytest.raises(ConfigInvalid, match="only groups"):
        lanes(["policy.max_turns=1,2"])
    with pytest.raises(ConfigInvalid):
        lanes(["role=[a,b]"])


def test_every_value_knows_who_set_it_last(tree: Tree) -> None:
    user = tree.write("user", "config.yaml", "policy:\n  max_turns: 5\n  keep_raw: 1\n")
    project = tree.write("project", "config.yaml", "\npolicy:\n  max_turns: 6\nattach: [a]\n")

    origins = tree.compose("policy.write=true").origins

    assert origins.lookup("policy.max_turns").place == f"{project}:3"
    assert origins.lookup("policy.keep_raw").place == f"{user}:3"
    assert (origins.lookup("policy.write").layer, origins.lookup("policy.write").place) == (
        "override",
        "policy.write=true",
    )
    assert origins.lookup("attach").place == f"{project}:4"
    assert origins.lookup("role.name").layer == "packaged"
    assert origins.lookup("nothing.at.all").layer == "default"
    assert origins.lookup("prices.models.glm-5.2.input").layer == "packaged"


def test_threads_share_one_resolver(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    roles = ["review", "security", "testing", "ops"] * 4
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda role: tree.compose(f"role={role}").config.role.name, roles))

    assert names == roles


def test_what_one_composition_sets_is_not_in_the_next(tree: Tree) -> None:
    before = tree.compose("workflow=team").data
    tree.compose("workflow=team", "policy.max_turns=9", "workflow.roles=[review,ops]", "attach=[a.py]")

    assert tree.compose("workflow=team").data == before


def test_a_callers_changes_do_not_reach_the_next_composition(tree: Tree) -> None:
    tree.compose().data["policy"]["max_turns"] = -1

    assert tree.compose().config.policy.max_turns > 0
