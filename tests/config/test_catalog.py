"""What there is to choose from, one key in full, copies, checks and completion."""

import os
from pathlib import Path

import pytest

from ccorch.config import completion
from ccorch.config.catalog import catalog, copy_option, option_text
from ccorch.config.check import check, check_file
from ccorch.config.explain import explain
from ccorch.config.hydra_app import main
from ccorch.config.keys import keys, kind
from ccorch.config.layers import CHOSEN, GROUPS, layer_dirs
from ccorch.config.owner import read_ceiling
from ccorch.config.stack import options
from ccorch.errors import ArgumentInvalid, ConfigInvalid, NotFound, RunStateConflict
from tests.config.conftest import Tree

ROLE = "# My own reviewer.\nname: mine\nsummary: s\nprompt: p\n"


def test_what_may_be_several_kinds_of_value_has_no_kind_and_what_may_be_null_has_its_own() -> None:
    assert kind(("workflow", "voters")) is None
    assert kind(("cost", "tokens_per_run")) is None
    assert kind(("claude",)) == "string"
    assert kind(("workflow", "nodes")) == "array"


def test_the_catalog_lists_options_with_summary_and_layer(tree: Tree) -> None:
    tree.write("project", "roles/mine.yaml", ROLE)
    tree.write("project", "roles/review.yaml", "# Changed.\ndefaults: [/builtin/role/review]\n")

    groups = {group.name: group for group in catalog(layer_dirs(tree.project, None, tree.user)).groups}
    roles = {option.name: option for option in groups["role"].options}

    assert (roles["mine"].summary, roles["mine"].layer) == ("My own reviewer.", "project")
    assert (roles["review"].summary, len(roles["review"].shadows)) == ("Changed.", 1)
    assert roles["security"].layer == "packaged"


def test_every_key_has_type_default_and_meaning() -> None:
    known = {key.key: key for key in keys()}

    assert all(key.doc and key.type for key in known.values() if not key.key.endswith("*"))
    turns = known["policy.max_turns"]
    assert (turns.type, turns.limits, turns.default) == ("integer", "at least 1, at most 1000", "40")
    assert known["routing.strategy"].limits == "one of pinned, cheap, balanced, strong"
    assert known["workflow.nodes.*.needs"].type == "list of text"
    assert known["task"].default == "required"
    assert known["task"].limits.startswith("not shorter than 1 letter(s)")
    assert "profiles.native.*.base_url" in known


def test_a_key_is_explained_in_full(tree: Tree) -> None:
    path = tree.write("project", "policies/default.yaml", "# Mine.\nmax_turns: 12\n")

    told = explain(tree.compose(), "policy.max_turns")

    assert (told.value, told.origin.place, told.default) == (12, f"{path}:2", "40")
    assert told.doc == "Most model turns of one attempt."
    assert [Path(file).name for file in told.shadowed] == ["default.yaml"]


@pytest.mark.parametrize(
    "key", ["role", "workflow.nodes.0.id", "prices.models.glm-5.2.input", "role.max_turns", "task"]
)
def test_any_key_of_the_config_can_be_explained(tree: Tree, key: str) -> None:
    assert explain(tree.compose(), key).doc


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("policy.max_turnz", "Did you mean 'policy.max_turns'"),
        ("rol", "Did you mean 'role'"),
        ("role.name.x", "unknown key"),
    ],
)
def test_an_unknown_key_is_not_found(tree: Tree, key: str, told: str) -> None:
    with pytest.raises(NotFound, match=told):
        explain(tree.compose(), key)


def test_an_option_can_be_read_and_copied_once(tree: Tree) -> None:
    layers = layer_dirs(tree.project, None, tree.user)

    path = copy_option(layers, "role", "review", tree.project, as_name="mine")

    assert path == tree.project / ".ccorch/roles/mine.yaml"
    packaged = option_text(layers, "role", "review")
    assert path.read_text() == packaged.replace("\nname: review\n", "\nname: mine\n")
    assert tree.compose("role=mine").config.role.name == "mine"
    with pytest.raises(RunStateConflict, match="exists") as caught:
        copy_option(layers, "role", "review", tree.project, as_name="mine")
    assert "`ccorch config cp role/review NAME`" in caught.value.hint
    with pytest.raises(ArgumentInvalid):
        copy_option(layers, "role", "review", tree.project, as_name="../x")
    with pytest.raises(NotFound, match="Did you mean 'review'") as missing:
        option_text(layers, "role", "reviw")
    assert "`ccorch catalog role`" in missing.value.hint
    with pytest.raises(NotFound, match="no group"):
        option_text(layers, "rolle", "review")


def test_check_finds_every_problem_of_every_file_with_its_line(tree: Tree) -> None:
    wrong = {
        ("project", "roles/mine.yaml"): (ROLE + "toolz: []\ntier: huge\n", [5, 6]),
        ("project", "config.yaml"): ("policy:\n  max_turns: 0\n", [2]),
        ("project", "profiles/p.yaml"): ("env: true\n", [1]),
        ("project", "rolez/x.yaml"): ("a: 1\n", [1]),
        ("project", "roles/x.yml"): ("a: 1\n", [1]),
        ("project", "ceiling.yaml"): ("max_turns: 1\n", [1]),
        ("user", "ceiling.yaml"): ("max_turns: 9\nusd_per_run: -1\n", [2]),
        ("user", "workflows/w.yaml"): ("name: w\nnodes:\n  - id: A B\n    needs: x\n", [3, 4]),
        ("user", "policies/cost/c.yaml"): ("usd_per_run: [\n", [2]),
    }
    expected = set()
    for (layer, name), (text, lines) in wrong.items():
        path = tree.write(layer, name, text)
        expected |= {f"{path}:{line}" for line in lines}

    problems = check(tree.project, user_dir=tree.user)

    assert {problem.partition(": ")[0] for problem in problems} == expected
    assert any("'toolz'" not in problem and "Did you mean 'tools'" in problem for problem in problems)


def test_check_accepts_what_may_stand_in_partial_files_and_then_composes(tree: Tree) -> None:
    tree.write(
        "project", "config.yaml", "defaults: [override role: mine]\npolicy: {max_turns: '${queue.priority}'}\n"
    )
    tree.write("project", "roles/mine.yaml", "# Mine.\nname: mine\nsummary: s\nprompt: ???\n")

    missing, wrong = check(tree.project, user_dir=tree.user)

    assert missing.startswith("role.prompt: required value is missing")
    assert "mine.yaml:4" in missing
    assert wrong.startswith("policy.max_turns: must be greater than")
    tree.write("project", "config.yaml", "label: x\n")
    assert check(tree.project, user_dir=tree.user) == ()


def test_check_names_variables_that_no_worker_may_be_given(tree: Tree) -> None:
    path = tree.write("user", "config.yaml", "profiles:\n  environment: {api_key: [MY_OWN, LD_PRELOAD]}\n")

    (said,) = check(tree.project, user_dir=tree.user)

    assert said.startswith("profiles.environment.api_key: LD_PRELOAD is not passed")
    assert said.endswith(f"set by {path}:2")


def test_a_missing_value_over_a_present_one_changes_nothing(tree: Tree) -> None:
    tree.write("project", "roles/review.yaml", "defaults: [/builtin/role/review, _self_]\nprompt: ???\n")

    assert tree.compose().origins.lookup("role.prompt").layer == "packaged"


def test_completion_offers_options_keys_and_values(tree: Tree) -> None:
    tree.write("project", "roles/mine.yaml", ROLE)

    def words(line: str) -> list[str]:
        return completion.complete(line, tree.project, user_dir=tree.user)

    assert words("ccorch plan role=mi") == ["role=mine"]
    assert words("ccorch -m role=review,mi") == ["role=review,mine"]
    assert words("ccorch policy.max_t") == ["policy.max_turns="]
    assert words("ccorch routing.strategy=b") == ["routing.strategy=balanced"]
    assert "role=" in words("ccorch ")
    assert "task=" in words("ccorch ")
    assert words("ccorch zzz=") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_says_first_how_it_is_installed(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert main(["-sc", f"install={shell}"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("# Put this into ~/.")
    assert f"ccorch -sc install={shell}" in first


@pytest.mark.parametrize(
    ("words", "told"), [(["--info", "bogus"], "'bogus'"), (["-i", "defalts", "task=x"], "'defalts'")]
)
def test_a_report_that_hydra_does_not_have_is_named(tree: Tree, words: list[str], told: str) -> None:
    with pytest.raises(ArgumentInvalid, match=f"no report {told}") as caught:
        main(words, project=tree.project)

    assert "defaults-tree" in caught.value.hint


def test_an_option_without_a_name_of_its_own_is_copied_as_it_is(tree: Tree) -> None:
    layers = layer_dirs(tree.project, None, tree.user)

    path = copy_option(layers, "policy", "default", tree.project, as_name="mine")

    assert path.read_text() == option_text(layers, "policy", "default")


def test_a_mistake_in_the_ceiling_is_told_in_our_words(tree: Tree) -> None:
    tree.write("user", "ceiling.yaml", "max_turnz: 3\n")

    with pytest.raises(ConfigInvalid, match="Did you mean 'max_turns'") as caught:
        read_ceiling(tree.user)

    assert "Extra inputs" not in caught.value.message


def test_the_shell_asks_with_the_line_in_the_environment(
    tree: Tree, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMP_LINE", "ccorch role=secur")

    assert main(["-sc", "query=bash"], project=tree.project) == 0
    assert capsys.readouterr().out == "role=security\n"
    assert main(["-sc", "install=dos"]) == 2


def test_every_packaged_option_composes_and_checks(tree: Tree) -> None:
    layers = layer_dirs(tree.project, None, tree.user)
    known = {group: list(options(layers, group)) for group in CHOSEN}
    for group, names in known.items():
        assert names, group
        assert [check_file(layers[-1], f"{GROUPS[group]}/{name}.yaml") for name in names] == [()] * len(names)
    # options of different groups say nothing of each other, so one of each is composed at a time
    for number in range(max(map(len, known.values()))):
        chosen = {group: names[min(number, len(names) - 1)] for group, names in known.items()}
        composed = tree.compose(*(f"{group}={name}" for group, name in chosen.items()))
        assert {(one.group, one.option) for one in composed.selections} >= set(chosen.items())
    assert check_file(layers[-1], "config.yaml") == ()
    assert os.path.isdir(layers[-1].root)
